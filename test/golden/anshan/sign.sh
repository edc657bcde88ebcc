# Signs a request as docs/wire/anshan.md words it; the queries of golden files are written canonical.
header() { sed -n "s/^$1: //p" headers; }
path=$(cat path)
case $path in *\?*) query=${path#*\?} ;; *) query= ;; esac
digest=$(openssl dgst -sha256 -r < body | cut -d' ' -f1)
signature=$(printf '%s\n%s\n%s\n%s\n%s\n%s' "$(cat method)" "${path%%\?*}" "$query" "$(header x-as-app-id)" "$(header date)" "$digest" |
  openssl dgst -sha256 -mac HMAC -macopt "key:$(cat key)" -binary | openssl base64 -A)
echo "x-as-signature: $signature"
