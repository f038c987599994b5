"""Sentences as they are written in a town hall, to see that none of them is ever altered.

Twenty patterns with what differs from section to section put in make 5,000 sentences: names with
variation selectors, brackets of all kinds, dates, figures, circled numbers, units, half-width kana.
"""

from collections.abc import Iterator
from itertools import islice, product

NAMES = (
    "葛\U000e0100飾区の辻\U000e0100さん",
    "髙橋課長",
    "﨑山主任",
    "渡邉（邊）様",
    "𠮷田係長",
    "斎藤・齋藤・斉藤",
    "ﾔﾏﾀﾞ ﾀﾛｳ",
    "祇\U000e0100園町内会",
    "芦\U000e0100屋市",
    "Smith様",
)
PLACES = (
    "市役所3階　大会議室",
    "〒123-4567　○○町１丁目２番３号",
    "避難所（第二小学校）",
    "ＷＥＢ会議",
)
TIMES = ("令和８年４月１日（水）", "㋿8.4.1", "午前９時～午後５時", "10:00〜11:30", "１０時００分―")
PATTERNS = (
    "お疲れさまです。{name}より連絡がありました。{time}に{place}へお越しください。",
    "【至急】{place}の件、{name}へ{time}までに回答願います！！",
    "①{name}　②{place}　③{time}……以上３点です。",
    "{time}、{place}にて打合せ。出席：{name}ほか５名（※オンライン可）",
    "「{name}」宛ての通知文を添付します。{time}付け、{place}発。",
    "ご不明な点は{name}（内線２３４５／℡03-1234-5678）まで。{time}・{place}",
    "・申請者：{name}\n・場所：{place}\n・日時：{time}",
    "{place}　{time}　気温35℃・湿度60％・雨量10㎜　→　{name}に報告済み",
    "予算額￥1,234,567（税込）、¥500／人。{name}、{time}、{place}。",
    "1.\t{name}\n2.\t{place}\n3.\t{time}",
    "㈱〇〇建設の{name}と{place}で面談、{time}。第Ⅲ期工事、№12、約10㎡。",
    "{name}さん、ありがとうございます😊👍 {time}に{place}で！",
    "※{place}は使用不可×　代替：△　確定：◎　{time}現在　{name}",
    "ﾄﾞｷｭﾒﾝﾄは{place}の共有ﾌｫﾙﾀﾞにあります。{name}、{time}更新。",
    "Re: Re: 【照会】{time}の件（{name}）― {place} ―",
    "《緊急》震度５強〔暫定値〕 {place}　{time}発表　担当：{name}",
    "https://www.city.example.lg.jp/a_b?c=d&e=%E3%81%82#f 参照。{name}／{place}／{time}",
    "♪♪ 町民まつり ★{time}★ ＠{place} ☎{name}",
    "〔議案第１２号〕「{name}」の選任について　{time}　{place}　可決",
    "ゝゞヽヾ々〆ヶ〃仝ヰヱゐゑ　{name}　{place}　{time}",
)


def sentences() -> list[str]:
    """Return 5,000 different sentences."""
    return list(islice(_every(), 5_000))


def _every() -> Iterator[str]:
    for closing in ("", "よろしくお願いいたします。", "以上", "（敬称略）", "取り急ぎ。"):
        for pattern, name, place, time in product(PATTERNS, NAMES, PLACES, TIMES):
            yield pattern.format(name=name, place=place, time=time) + closing
