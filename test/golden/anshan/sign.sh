# Signs a request as docs/wire/anshan.md words it; the queries of golden files are written canonical.
header() { sed -n "s/^$1: //p" headers; }

# Of a file its canonical parts: the bytes of its content as octal digits, which the shell can cut, the rest as text.
text() { LC_ALL=C sed -n "/; name=\"$1\"/{n;n;s/.\$//p;}" body | sed -n 1p; }
named() { LC_ALL=C sed -n "s/$1/\\1/p" body | sed -n 1p; }
octal() { od -An -v -to1 | sed -e ':a' -e 'N' -e '$!ba' -e 's/\n//g'; }
bytes() {
  all=$(octal < body)
  type=$(printf 'Content-Type:' | od -An -v -to1)
  content=${all#*"$type"}
  content=${content#* 015 012 015 012}
  content=${content% 015 012 055 055*}
  printf "$(printf %s "$content" | sed 's/ /\\/g')"
}
parts() {
  printf 'file.name=%s&' "$(named '.*; filename="\(.*\)".')"
  printf 'file.sha256=%s&' "$(bytes | openssl dgst -sha256 -r | cut -d' ' -f1)"
  printf 'file.type=%s&' "$(named 'Content-Type: \(.*\).' | sed 's,/,%2F,')"
  printf 'material_code=%s&material_id=%s&outer_no=%s' "$(text material_code)" "$(text material_id)" "$(text outer_no)"
}

path=$(cat path)
case $path in *\?*) query=${path#*\?} ;; *) query= ;; esac
case $(cat call) in hand-over) parts > signed ;; *) cat body > signed ;; esac
digest=$(openssl dgst -sha256 -r < signed | cut -d' ' -f1)
signature=$(printf '%s\n%s\n%s\n%s\n%s\n%s' "$(cat method)" "${path%%\?*}" "$query" "$(header x-as-app-id)" "$(header date)" "$digest" |
  openssl dgst -sha256 -mac HMAC -macopt "key:$(cat key)" -binary | openssl base64 -A)
echo "x-as-signature: $signature"
