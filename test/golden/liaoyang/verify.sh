# Verifies the envelope in `body` as docs/wire/liaoyang.md words it, and that it decrypts: one of ours by the public half of our
# key, a call with news by the city's.
set -e
# Members one a line, each as name:value.
sed 's/[{}"]//g; s/,/\n/g' body > members
member() { sed -n "s/^$1://p" members; }
line() { sed -n "$1p" key; }
hex() { od -An -v -tx1 | tr -d ' \n'; }

case $(cat call) in
  deliver) service=apply ;;
  correct) service=supplement ;;
  hand-over) service=material ;;
  news-event | news-reply) service=notify ;;
  *) service=$(cat call) ;;
esac

if [ "$(cat call)" = news-event ]; then
  printf 'asn1=SEQUENCE:k\n[k]\na=SEQUENCE:a\np=FORMAT:HEX,BITSTRING:%s\n[a]\no=OID:1.2.840.10045.2.1\nc=OID:1.2.156.10197.1.301\n' "$(line 3)" > key.cnf
  openssl asn1parse -genconf key.cnf -noout -out key.der
  openssl pkey -pubin -inform DER -in key.der -out key.pub
else
  printf 'asn1=SEQUENCE:k\n[k]\nv=INTEGER:1\nd=FORMAT:HEX,OCTETSTRING:%s\nc=EXPLICIT:0,OID:1.2.156.10197.1.301\n' "$(line 2)" > key.cnf
  openssl asn1parse -genconf key.cnf -noout -out key.der
  openssl ec -inform DER -in key.der -pubout -out key.pub 2> /dev/null
fi

member encData | tr -d '\n' > enc
member signData | openssl base64 -d -A | hex > sign.hex
[ "$(wc -c < sign.hex)" -eq 128 ]
printf 'asn1=SEQUENCE:s\n[s]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' "$(cut -c1-64 sign.hex)" "$(cut -c65-128 sign.hex)" > sign.cnf
openssl asn1parse -genconf sign.cnf -noout -out sign.der

digest=$(openssl dgst -sm3 -r < enc | cut -d' ' -f1)
printf '%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s' "$service" "$(member appId)" "$(member version)" "$(member timestamp)" \
  "$(member nonce)" "$(member encType)" "$(member signType)" "$digest" > text
openssl pkeyutl -verify -rawin -digest sm3 -pkeyopt distid:1234567812345678 -pubin -inkey key.pub -in text -sigfile sign.der > /dev/null

case $(cat call) in
  news-event) ;; # one that does not decrypt has to be told so
  *)
    openssl base64 -d -A < enc > sealed
    iv=$(hex < sealed | cut -c1-32)
    tail -c +17 sealed | openssl enc -d -sm4-cbc -K "$(line 1)" -iv "$iv" > /dev/null
    ;;
esac
