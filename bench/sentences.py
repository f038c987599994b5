"""What people of a town hall write to each other: Japanese sentences, made up from parts."""

import random
from typing import Final

_NAMES: Final = (
    "山田",
    "佐藤",
    "鈴木",
    "髙橋",
    "田中",
    "伊藤",
    "渡辺",
    "中村",
    "小林",
    "加藤",
    "吉田",
    "佐々木",
    "山口",
    "松本",
    "井上",
    "木村",
    "林",
    "斎藤",
    "清水",
    "山﨑",
)
_CALLED: Final = ("さん、", "課長、", "係長より、", "です。", "")
_PLACES: Final = (
    "第一小学校",
    "中央公民館",
    "市民体育館",
    "本庁舎3階会議室",
    "消防署",
    "東部支所",
    "図書館",
    "保健センター",
    "駅前広場",
    "給食センター",
    "浄水場",
    "市役所前",
    "北部クリーンセンター",
    "文化会館",
    "福祉会館",
    "港湾事務所",
    "西中学校",
    "第二保育所",
)
_TOPICS: Final = (
    "避難訓練",
    "予算要求",
    "住民説明会",
    "道路工事",
    "窓口業務",
    "選挙事務",
    "健康診断",
    "防災無線",
    "給付金",
    "税務システム",
    "議会答弁",
    "人事異動",
    "ワクチン接種",
    "広報原稿",
    "契約書",
    "見積書",
    "補助金申請",
    "個人番号カード",
    "台風対応",
    "停電対応",
    "ごみ収集",
    "保育所入所",
    "生活相談",
    "公用車",
    "研修",
    "監査",
    "決算",
    "除雪",
    "水道管",
    "学校給食",
)
_SAID: Final = (
    "を確認しました。",
    "の資料を送ります。",
    "について相談させてください。",
    "は明日の午前中に変更です。",
    "の件、承知しました。",
    "を至急お願いします。",
    "の進捗はいかがでしょうか。",
    "は予定どおり実施します。",
    "の担当者を教えてください。",
    "で不具合が出ています。",
    "の締切は金曜日です。",
    "に参加できません。",
    "の写真を添付します。",
    "を再送してください。",
)
_ENDS: Final = (
    "よろしくお願いします。",
    "ご確認ください。",
    "ありがとうございます。",
    "取り急ぎご連絡まで。",
    "詳細は後ほど。",
    "返信は不要です。",
    "了解です。",
)
_IDEOGRAPHS: Final = range(0x4E00, 0x6E00)


def sentences(dice: random.Random) -> str:
    """Return one message: 47 characters on average, some with names and numbers of their own."""
    kind = dice.random()
    if kind < 0.15:
        return dice.choice(_ENDS)
    text = dice.choice(_NAMES) + dice.choice(_CALLED)
    text += f"{dice.randint(1, 12)}月{dice.randint(1, 28)}日{dice.randint(8, 18)}時"
    text += f"{dice.choice(('', '15分', '半'))}、{dice.choice(_PLACES)}の"
    text += dice.choice(_TOPICS) + dice.choice(_SAID)
    if kind > 0.5:
        text += dice.choice(_TOPICS) + dice.choice(_SAID)
    if kind > 0.8:
        name = "".join(chr(dice.choice(_IDEOGRAPHS)) for _ in range(3))
        text += f"受付番号{dice.randint(10_000, 99_999)}、{name}様。"
    return text + (dice.choice(_ENDS) if kind > 0.6 else "")
