# Judges a request as docs/wire/shenfu.md words it: our own calls carry no signature, the city's events do.
header() { sed -n "s/^$1: //p" headers; }
if [ "$(cat call)" != news-event ]; then
  ! grep -qi '^authorization:' headers
  exit
fi
key=$(sed 's/^whsec_//' key | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
signature=$({ printf '%s.%s.' "$(header webhook-id)" "$(header webhook-timestamp)"; cat body; } |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)
header webhook-signature | grep -qF "v1,$signature"
