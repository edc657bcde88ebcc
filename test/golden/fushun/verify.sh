# Fushun has no signature: the authorization code stands in the envelope, of a file in another operation (docs/wire/fushun.md).
operation=process
if [ "$(cat call)" = hand-over ]; then operation=upload; fi
grep -qF "<kytb:$operation><sqzcm>$(cat key)</sqzcm><information>" body
