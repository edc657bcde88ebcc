# Signs a message as docs/wire/fuxin.md words it: time, code, and what stands between the tags of shuju; it has no line ends.
LC_ALL=C
code=$(sed -n 's/.*<jiaoyima>\([0-9]*\)<\/jiaoyima>.*/\1/p' body)
content=$(sed -n 's/.*<shuju>\(.*\)<\/shuju>.*/\1/p' body)
signature=$(printf '%s\n%s\n%s' "$(sed -n 's/^x-fuxin-shijian: //p' headers)" "$code" "$content" |
  openssl dgst -sha256 -mac HMAC -macopt "key:$(cat key)" -r | cut -d' ' -f1)
echo "x-fuxin-qianming: $signature"
