"""What secrets are called in many languages, by their class: the labels that lead to passwords, codes and keys."""

import re
from collections.abc import Iterator

from parser.facts.labels import Labels, Page

NAMES = Labels({
    "password": (
        "password", "passwords", "passwd", "passcode", "pwd", "pw", "pin", "pin code", "pass word", "login pass",
        "密码", "密碼",
        "登录密码", "资金密码", "交易密码", "支付密码", "口令", "登入密碼", "資金密碼", "contraseña", "contrasena",
        "clave", "senha", "mot de passe",
        "passwort", "kennwort", "wachtwoord", "пароль", "パスワード", "暗証番号", "비밀번호", "mật khẩu", "şifre",
        "hasło", "kata sandi",
        "lösenord", "adgangskode", "كلمة المرور", "كلمة السر", "رمز المرور",
        "mdp", "비번", "sandi", "parola", "parolam", "şifrem", "kodeord", "passord", "salasana", "heslo", "jelszó",
        "κωδικός πρόσβασης", "κωδικός", "парола", "lozinka", "पासवर्ड", "رمز عبور", "رمز الدخول",
        "palavra-passe", "passw", "pasword", "пароля", "пароли", "пасс", "รหัสผ่าน", "סיסמה",
        "พาสเวิร์ด", "รหัสเข้าสู่ระบบ", "كلمة سر", "كلمة مروري", "كلمة سري", "كلمة مرور", "باسورد", "باسوورد", "الرقم السري",
        "סיסמא", "گذرواژه", "پسورد", "পাসওয়ার্ড", "salasanani", "jelszavam", "hesla",
    ),
    "pass": ("pass",),
    "pair": (
        "credentials", "login", "login data", "account", "zugangsdaten", "identifiants", "credenciales", "credenciais",
        "credenziali", "inloggegevens", "dane logowania", "логин", "доступы", "giriş bilgileri", "账号", "账户", "帳號",
        "アカウント", "계정",
    ),
    "passphrase": ("passphrase", "pass phrase", "密码短语", "api口令", "通行短语", "口令短语", "密碼短語"),
    "api_secret": (
        "api secret", "apisecret", "api_secret", "api-secret", "secret key", "secretkey", "secret_key",
        "api secret key", "api key",
        "apikey", "api_key", "access key", "access_key", "access token", "client secret", "client_secret", "bearer",
        "secret",
        "app secret", "appsecret", "api密钥", "api秘钥", "api 密钥", "api密鑰", "api私钥", "secretkey为", "密钥",
        "密鑰", "秘钥", "访问密钥",
        "訪問密鑰", "api 秘钥", "clave secreta", "chave secreta", "секретный ключ", "シークレットキー", "시크릿 키",
        "api-geheimnis", "api geheimnis", "geheimer schlüssel", "geheimer api-schlüssel", "clé secrète",
        "clé secrète api", "clave secreta api", "clave secreta de api", "clave secreta de la api",
        "chave secreta api", "chave secreta da api",
        "секретный ключ api", "секретний ключ", "gizli anahtar", "gizli anahtarım", "api gizli anahtarı",
        "chiave segreta", "chiave segreta api", "geheime sleutel", "tajny klucz", "klucz tajny", "khóa bí mật",
        "kunci rahasia", "المفتاح السري", "गुप्त कुंजी", "คีย์ลับ", "シークレット", "시크릿키", "비밀 키",
    ),
    "one_time_code": (
        "verification code", "otp", "otp code", "2fa code", "2fa", "two-factor code", "authenticator code",
        "google authenticator",
        "google code", "ga code", "security code", "login code", "sms code", "sms", "email code", "one-time code",
        "one time code",
        "one-time password", "one time password", "confirmation code", "auth code", "authentication code", "mfa code",
        "totp", "use code", "use the code", "enter code", "enter the code",
        "my code", "your code", "tu código", "su código", "mi código", "seu código", "meu código", "votre code",
        "mon code", "ihr code", "mein code", "ваш код", "мой код", "il tuo codice", "il mio codice", "uw code",
        "kode anda", "kodunuz", "mã của bạn", "telegram code", "whatsapp code",
        "验证码", "验证碼", "驗證碼", "認證碼", "认证码", "код из смс", "смс код", "смс-код",
        "校验码", "动态码", "動態碼", "动态密码", "谷歌验证码", "短信验证码",
        "邮箱验证码", "谷歌码", "安全验证码",
        "一次性密码", "código de verificación", "código de verificação", "code de vérification", "bestätigungscode",
        "код подтверждения",
        "確認コード", "認証コード", "인증번호", "인증 코드", "mã xác minh", "kode verifikasi", "doğrulama kodu",
        "kod weryfikacyjny", "kod potwierdzający", "رمز التحقق", "كود التحقق", "codice di verifica",
        "verificatiecode",
        "verifieringskod", "ověřovací kód", "cod de verificare", "κωδικός επαλήθευσης", "קוד אימות", "kode otp",
        "mã otp", "รหัสยืนยัน", "รหัส otp", "सत्यापन कोड", "код підтвердження", "код верификации", "código sms",
        "code sms", "sms-code", "code you texted", "code you sent", "code you sent me", "code i got",
        "code i received",
        "code reçu", "code que j'ai reçu", "code erhalten", "código que me llegó", "código que recibí",
        "código recibido",
        "código que recebi", "código recebido", "codice ricevuto", "codice che ho ricevuto", "ontvangen code",
        "otrzymany kod", "kod z sms", "код из смс", "код из sms", "полученный код", "код, который пришёл",
        "gelen kod",
        "kode yang saya terima", "mã nhận được", "受け取ったコード", "届いたコード", "받은 코드", "收到的码",
        "ellenőrző kód", "vahvistuskoodi", "bekræftelseskode", "смс", "код пришёл", "код пришел", "пришёл код",
        "пришел код", "код доступа", "كود التفعيل", "رمز التفعيل", "رمز التأكيد", "كود التأكيد", "الكود", "קוד האימות",
        "הקוד", "mã xác thực", "mã xác nhận", "doğrulama kodum", "کد تایید", "کد تأیید",
    ),
    "backup_code": (
        "backup code", "backup codes", "recovery code", "recovery codes", "rescue codes", "scratch codes",
        "emergency codes", "备用码",
        "備用碼", "恢复码", "恢復碼", "备份码", "備份碼", "救援代码", "备用验证码", "códigos de recuperación",
        "códigos de respaldo",
        "codes de secours", "резервные коды", "バックアップコード", "백업 코드",
        "wiederherstellungscode", "wiederherstellungscodes", "backup-codes", "notfallcodes", "коды восстановления",
        "код восстановления", "резервні коди", "codes de récupération", "código de recuperación",
        "códigos de recuperação", "códigos de backup", "codici di recupero", "codici di backup", "herstelcodes",
        "kody zapasowe", "kody odzyskiwania", "yedek kodlar", "kurtarma kodları", "mã dự phòng", "mã khôi phục",
        "kode cadangan", "kode pemulihan", "リカバリーコード", "回復コード", "복구 코드", "รหัสสำรอง",
        "رموز الاسترداد",
    ),
    "authenticator_key": (
        "authenticator key", "authenticator secret", "setup key", "2fa key", "2fa secret", "totp secret",
        "totp key", "totp",
        "totp seed",
        "google authenticator key", "google key", "authenticator setup key", "2fa setup key", "secret key",
        "authenticator", "2fa",
        "ga key", "ga密钥", "谷歌验证器密钥", "谷歌验证密钥", "谷歌密钥", "验证器密钥", "身份验证器密钥",
        "二次验证密钥", "双重验证密钥", "2fa密钥",
        "谷歌验证器", "身份验证器", "谷歌驗證器密鑰", "驗證器密鑰", "16位密钥", "密钥", "密鑰", "秘钥", "备份密钥",
        "clave de configuración",
        "ключ настройки", "セットアップキー", "설정 키",
        "clé de configuration", "chave de configuração", "chiave di configurazione", "einrichtungsschlüssel",
        "geheimer schlüssel für 2fa", "klucz konfiguracyjny", "kurulum anahtarı", "khóa thiết lập", "kunci penyiapan",
        "ключ аутентификатора", "ключ 2fa", "2fa ключ", "認証キー", "認証アプリのキー", "인증 키", "otp 키",
        "2fa-schlüssel",
    ),
})  # fmt: skip
_HUMPS = {
    "Password": "password", "Passwd": "password", "Pwd": "password",
    "Passphrase": "passphrase", "PassPhrase": "passphrase",
    "ApiSecret": "api_secret", "SecretKey": "api_secret", "Secret": "api_secret", "AccessToken": "api_secret",
}  # fmt: skip
_STEMS = ("Pass", "Pwd", "Secret", "AccessToken")
_HUMP = re.compile("(?<=[a-z0-9])(?:" + "|".join(sorted(_HUMPS, key=len, reverse=True)) + ")(?![a-zA-Z0-9])")


def in_camel_case(page: Page) -> Iterator[tuple[str, int, int]]:
    """(class, start, end) of the labels that end such names as `tradingPassword` and are no words of their own."""
    if any(stem in page.plain for stem in _STEMS):
        for match in _HUMP.finditer(page.plain):
            yield _HUMPS[match[0]], *match.span()
