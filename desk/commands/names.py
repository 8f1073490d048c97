"""The names of commands in Chinese, and words that are a command but for one slip of the finger."""

from collections.abc import Collection

# Simplified and traditional. Agents who write Chinese get their letters in Chinese, and type what they read there.
_IN_CHINESE = {
    "note": "备注 備註 备註 内部备注 內部備註 笔记 筆記 内部笔记",
    "solve": "解决 解決 已解决 已解決",
    "close": "关闭 關閉 关单 结单 結單",
    "open": "打开 打開 开启 開啟 处理中 處理中",
    "wait": "等待 等待客户 等待客戶",
    "assign": "分配 指派 转给 轉給",
    "priority": "优先级 優先級 优先 優先",
    "queue": "队列 隊列 佇列",
    "category": "类别 類別 分类 分類",
    "cc": "抄送 副本",
    "to": "收件人 改发",
    "snooze": "暂缓 暫緩 稍后 稍後",
    "merge": "合并 合併",
    "join": "并入 併入",
    "unmerge": "取消合并 取消合併 撤销合并",
    "duplicate": "重复 重複",
    "spam": "垃圾 垃圾邮件 垃圾郵件",
    "send": "发送 發送 照发 照發",
}
_OTHER_NAMES = {other: name for name, others in _IN_CHINESE.items() for other in others.split()}
_SHORTEST = 4
"""Letters of a name that a slip still leaves recognisable."""


def name_of(word: str, names: Collection[str]) -> str | None:
    """The command that a word names, in any case, in English or Chinese; None for any other word."""
    plain = word.casefold()
    name = _OTHER_NAMES.get(plain, plain)
    return name if name in names else None


def nearest(word: str, names: Collection[str]) -> str | None:
    """The command whose name is one letter more, less, other or swapped; None where there is none."""
    plain = word.casefold()
    near = next((name for name in names if len(name) >= _SHORTEST and _one_slip(plain, name)), None)
    alike = (one for other, one in _OTHER_NAMES.items() if len(other) == len(plain) and _one_slip(plain, other))
    return near or next((one for one in alike if one in names), None)


def run_together(word: str, names: Collection[str]) -> str | None:
    """The command whose Chinese name a word begins with: Chinese has no blank between "/备注" and the note."""
    return next((one for other, one in _OTHER_NAMES.items() if word.startswith(other) and one in names), None)


def _one_slip(word: str, name: str) -> bool:
    if word == name or abs(len(word) - len(name)) > 1:
        return False
    same = next((at for at, (one, other) in enumerate(zip(word, name, strict=False)) if one != other), None)
    at = min(len(word), len(name)) if same is None else same
    rest, wanted = word[at:], name[at:]
    swapped = len(rest) > 1 and rest[:2] == wanted[1::-1] and rest[2:] == wanted[2:]
    return rest[1:] == wanted[1:] or rest == wanted[1:] or rest[1:] == wanted or swapped
