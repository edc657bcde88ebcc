# Signs a call as docs/wire/benxi.md words it.
header() { sed -n "s/^$1: //p" headers; }
token=$(sed -n 's/^{"token":"\([^"]*\)".*/\1/p' body)
digest=$(openssl dgst -sm3 -r < body | cut -d' ' -f1)
signature=$(printf 'body=%s&nonce=%s&path=%s&timestamp=%s&token=%s' "$digest" "$(header x-bx-nonce)" "$(cat path)" "$(header x-bx-timestamp)" "$token" |
  openssl dgst -sm3 -mac HMAC -macopt "key:$(cat key)" -r | cut -d' ' -f1)
echo "x-bx-sign: $signature"
