# Tieling has no signature (docs/wire/tieling.md): the client secret stands in Basic for a token, the token in Bearer for the rest.
if [ "$(cat call)" = secret ]; then
  echo "authorization: Basic $(printf 'kytb-gateway:%s' "$(cat key)" | openssl base64 -A)"
else
  echo "authorization: Bearer $(cat key)"
fi
