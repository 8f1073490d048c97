"""Where people all over the world have their mail: domains at which anybody can get an address."""

# By name, with the endings under which each is offered.
_ENDINGS = {
    "gmail": "com", "googlemail": "com co.uk", "icloud": "com", "me": "com", "mac": "com",
    "aol": "com de co.uk fr it",
    "outlook": "com at be cl co.id co.il co.nz co.th com.ar com.au com.br com.gr com.pe com.tr com.vn cz de dk es "
    "fr hu ie in it jp kr lv my ph pt sa sg sk",
    "hotmail": "com at be ca ch cl co.id co.il co.in co.jp co.kr co.nz co.th co.uk co.za com.ar com.au com.br "
    "com.hk com.tr com.tw com.vn cz de dk es fi fr gr hu ie it my net.ar nl no ph pt rs se sg sk",
    "live": "com at be ca ch cl cn co.kr co.uk co.za com.ar com.au com.mx com.my com.ph com.pt com.sg de dk fi fr "
    "hk ie in it jp nl no ru se",
    "msn": "com", "passport": "com",
    "yahoo": "com at be bg ca ch cl cn co.id co.il co.in co.jp co.kr co.nz co.th co.uk co.za com.ar com.au com.br "
    "com.cn com.co com.hk com.mx com.my com.pe com.ph com.sg com.tr com.tw com.ua com.ve com.vn cz de dk "
    "es fi fr gr hu ie in it nl no pl pt ro se sk",
    "ymail": "com ne.jp", "rocketmail": "com", "gmx": "at ch co.uk com de es eu fr info li net org us", "web": "de",
    "freenet": "de", "t-online": "de", "mail": "com de ru ee kz ua by bg", "email": "com cz de it",
    "inbox": "ru lv lt com", "bk": "ru", "list": "ru", "rambler": "ru ua",
    "yandex": "by com com.tr fr kz net ru ua uz", "ya": "ru", "ukr": "net", "i": "ua", "meta": "ua", "proton": "me",
    "protonmail": "ch com", "pm": "me", "tutanota": "com de", "tuta": "com io", "fastmail": "com fm",
    "zoho": "com eu in", "hey": "com", "orange": "fr es", "wanadoo": "fr es", "free": "fr", "laposte": "net",
    "sfr": "fr", "libero": "it", "virgilio": "it", "tiscali": "it co.uk", "wp": "pl", "o2": "pl", "onet": "pl eu",
    "interia": "pl eu", "seznam": "cz", "centrum": "cz sk", "abv": "bg", "uol": "com.br", "bol": "com.br",
    "terra": "com.br es", "qq": "com", "foxmail": "com", "163": "com", "126": "com", "yeah": "net", "188": "com",
    "139": "com", "189": "cn", "sina": "com cn", "sohu": "com", "aliyun": "com", "21cn": "com", "naver": "com",
    "daum": "net", "hanmail": "net", "nate": "com", "kakao": "com", "rediffmail": "com", "walla": "co.il",
}  # fmt: skip
FREEMAIL = frozenset(f"{label}.{ending}" for label, endings in _ENDINGS.items() for ending in endings.split())
