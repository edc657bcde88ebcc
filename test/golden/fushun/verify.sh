# Fushun has no signature: the authorization code stands in the envelope (docs/wire/fushun.md).
grep -qF "<kytb:process><sqzcm>$(cat key)</sqzcm><information>" body
