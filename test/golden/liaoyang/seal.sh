# Makes the signature of an answer or of news, as docs/wire/liaoyang.md words it: `sh seal.sh <service> <timestamp> <nonce> <iv>`
# encrypts the plaintext of standard input and prints `encData`, then `signData`. SM4_KEY and PRIVATE_KEY are the environment's.
set -e
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
hex() { od -An -v -tx1 | tr -d ' \n'; }
printf 'asn1=SEQUENCE:k\n[k]\nv=INTEGER:1\nd=FORMAT:HEX,OCTETSTRING:%s\nc=EXPLICIT:0,OID:1.2.156.10197.1.301\n' "$PRIVATE_KEY" > "$folder/key.cnf"
openssl asn1parse -genconf "$folder/key.cnf" -noout -out "$folder/key.der"
openssl ec -inform DER -in "$folder/key.der" -out "$folder/key.pem" 2> /dev/null
{
  printf 'asn1=FORMAT:HEX,OCTETSTRING:%s\n' "$4" > "$folder/iv.cnf"
  openssl asn1parse -genconf "$folder/iv.cnf" -noout -out "$folder/iv.der"
  tail -c 16 "$folder/iv.der"
  openssl enc -sm4-cbc -K "$SM4_KEY" -iv "$4"
} | openssl base64 -A > "$folder/enc"
digest=$(openssl dgst -sm3 -r < "$folder/enc" | cut -d' ' -f1)
printf '%s\nkytb-gateway\n1.0\n%s\n%s\nSM4\nSM2\n%s' "$1" "$2" "$3" "$digest" > "$folder/text"
openssl pkeyutl -sign -rawin -digest sm3 -pkeyopt distid:1234567812345678 -inkey "$folder/key.pem" -in "$folder/text" -out "$folder/signature"
cat "$folder/enc"
echo
# r and s, each in 32 bytes.
openssl asn1parse -inform DER -in "$folder/signature" | sed -n 's/.*INTEGER *:/0000000000000000000000000000000000000000000000000000000000000000/p' |
  sed 's/.*\(.\{64\}\)$/\1/' | tr -d '\n' > "$folder/rs"
printf 'asn1=FORMAT:HEX,OCTETSTRING:%s\n' "$(cat "$folder/rs")" > "$folder/rs.cnf"
openssl asn1parse -genconf "$folder/rs.cnf" -noout -out "$folder/rs.der"
tail -c 64 "$folder/rs.der" | openssl base64 -A
echo
