# Signs a call of either side as docs/wire/shenyang.md words it.
header() { sed -n "s/^$1: //p" headers; }
digest=$(openssl dgst -sha256 -r < body | cut -d' ' -f1)
signature=$(printf '%s\n%s\n%s\n%s' "$(header gjgxjhpt_sid)" "$(header gjgxjhpt_rid)" "$(header gjgxjhpt_rtime)" "$digest" |
  openssl dgst -sha256 -mac HMAC -macopt "key:$(cat key)" -binary | openssl base64 -A)
echo "gjgxjhpt_sign: $signature"
