"""Letters: other scripts, other directions, other charsets, and what people do with emoji."""

from __future__ import annotations

from typing import Final

from mailtui.demo.samples.compose import ROBIN, Person, Post
from mailtui.demo.samples.people import MEI

HARUKA: Final = Person("小川 遥", "haruka@ogawa.example.com", 9)
WEI: Final = Person("陈薇", "chen.wei@example.net", 8)
LIN: Final = Person("林美玲", "meiling@tea.example.org", 8)
JIWOO: Final = Person("김지우", "jiwoo@example.com", 9)
NOA: Final = Person("נועה לוי", "noa@example.net", 3)
LAYLA: Final = Person("ليلى حداد", "layla.haddad@example.org", 3)
ANYA: Final = Person("Аня Соколова", "anya@example.net", 3)
ELENI: Final = Person("Ελένη Παππά", "eleni@example.com", 3)
SOMCHAI: Final = Person("สมชาย ใจดี", "somchai@example.org", 7)
ASHA: Final = Person("आशा वर्मा", "asha@example.net", 5)
BJORN: Final = Person("Bjørn Åsgård", "bjorn@example.com", 2)
FRANZ: Final = Person("Franz Müßig", "franz.muessig@example.net", 2)


def write(post: Post) -> None:
    _east(post)
    _right_to_left(post)
    _europe(post)
    _emoji(post)


def _east(post: Post) -> None:
    post(
        "ja1", "4h50m", HARUKA, "祖父の灯台のこと", """
        ロビン様

        はじめまして。長崎の小川の孫の遥と申します。田中さんから、祖父が毎週火曜日の
        夜に灯台のランプを磨いていることが、皆さんの間で話題になっていると聞きました。

        祖父は「一分以内に終わらせるのがこつだ」と申しております。八十一歳です。
        ベルゲンでの講演で祖父の話をしてくださるとのこと、家族一同たいへん喜んで
        おります。写真が必要でしたら、いつでもお送りします。

        小川 遥
        """, flags="",
    )  # fmt: skip
    post(
        "ja2", "11d 02:30", MEI, "翻訳の確認お願いします (1 screen, 5 minutes)", """
        Hi Robin,

        You need not read Japanese for this, only compare the lengths. These must
        fit on the small display (16 cells):

          点灯      on
          消灯      off
          霧        fog
          停電注意  power low

        ありがとう！
        Mei
        """, charset="iso-2022-jp", cte="7bit",
    )  # fmt: skip
    post(
        "zh1", "7d 04:12", WEI, "回复：明年春天来看你", """
        罗宾：

        机票订好了！四月的第二个星期到，住十天。我想看海，想吃你上次说的那种
        很硬的面包，还想去那个据说永远指着二楼的电梯。

        给你带什么茶？龙井还是普洱？

        陈薇
        """, flags="SA",
    )  # fmt: skip
    post(
        "zh2", "18d 05:40", LIN, "您的訂單已出貨：凍頂烏龍茶 150 克", """
        親愛的 Robin 您好：

        您訂購的凍頂烏龍茶已於今日寄出，約十至十四天送達。今年雨水剛好，茶葉
        帶有淡淡的桂花香，建議以九十度的水沖泡，第三泡最好喝。

        林美玲　敬上
        """, charset="big5", cte="base64",
    )  # fmt: skip
    post(
        "ko1", "3d 11:05", JIWOO, "부산에서 인사드려요", """
        로빈에게,

        잘 지내요? 부산은 벌써 바람이 차요. 지난주에 등대 공원에 갔다가 네 생각이
        나서 사진을 잔뜩 찍었어요. 등대지기 아저씨가 커피를 주셨는데, 소금이 들어
        있었어요. 원래 그렇게 마신대요.

        다음에 오면 같이 가요!
        지우
        """,
    )  # fmt: skip
    post(
        "th1", "22d 09:20", SOMCHAI, "ขอบคุณสำหรับโปสการ์ด", """
        ถึงโรบิน

        โปสการ์ดรูปประภาคารมาถึงแล้ว สวยมาก ลูกสาวเอาไปติดไว้ที่ประตูตู้เย็น
        แล้วถามทุกวันว่าใครเป็นคนเปิดไฟ

        สมชาย
        """,
    )  # fmt: skip
    post(
        "hi1", "23d 06:15", ASHA, "दीवाली की शुभकामनाएँ 🪔", """
        प्रिय रॉबिन,

        इस बार हमने छत पर चौरासी दीये जलाए। हवा ने आधे बुझा दिए, तो बच्चों ने फिर
        से जलाए, और फिर से। आख़िर में हवा थक गई।

        आशा
        """,
    )  # fmt: skip


def _right_to_left(post: Post) -> None:
    post(
        "he1", "2d 19:10", NOA, "התמונות מהטיול + רשימה (v2)", """
        היי רובין,

        סוף סוף סידרתי את התמונות מהטיול למגדלור. יש 214, אבל 180 מהן של אותו חתול.
        הרשימה: מים, כובע, מפה, ועוד מפה כי את הראשונה אכל החתול.

        מתי אתם באים?
        נועה
        """,
    )  # fmt: skip
    post(
        "ar1", "5d 16:30", LAYLA, "دعوة إلى العشاء يوم الجمعة", """
        عزيزي روبن،

        نودّ دعوتك إلى العشاء يوم الجمعة عند السابعة والنصف. ستطبخ أمي المقلوبة،
        وسيدّعي أبي أنه ساعدها.

        العنوان كما هو: 14 شارع الميناء. أحضر معك شهيتك فقط.

        ليلى
        """, flags="SA",
    )  # fmt: skip
    post(
        "ar2", "5d 18:02", ROBIN, "", """
        شكراً جزيلاً! I'll be there at half past seven, and I will praise your
        father's cooking with a straight face.

        Robin
        """, to=(LAYLA,), re="ar1", folder="Sent",
    )  # fmt: skip


def _europe(post: Post) -> None:
    post(
        "ru1", "13d 17:55", ANYA, "Рецепт, который ты просил", """
        Привет, Робин!

        Бабушка наконец согласилась продиктовать рецепт пирога с капустой. Точных
        мер нет: "муки, сколько возьмёт", "соли, чтобы было хорошо". Я спросила,
        сколько это в граммах, и она посмотрела на меня с жалостью.

        Аня
        """, charset="koi8-r", cte="8bit",
    )  # fmt: skip
    post(
        "el1", "19d 12:00", ELENI, "Ο φάρος άνοιξε ξανά", """
        Ρόμπιν μου,

        Τον άναψαν χθες, μετά από τριάντα χρόνια. Όλο το νησί ήταν στην προκυμαία.
        Ο παπάς τον ευλόγησε, ο ηλεκτρολόγος τον διόρθωσε.

        Ελένη
        """,
    )  # fmt: skip
    post(
        "no1", "8d 08:00", BJORN, "Velkommen til Bergen: praktisk info", """
        Hei Robin,

        foredraget ditt er torsdag klokken 14.20, rett etter vaflene. Salen har
        200 plasser, blå stoler og en mikrofon som må holdes litt på skrå.

        Ta med regntøy. Det er ikke en spøk.

        Hilsen
        Bjørn
        """, charset="iso-8859-1", cte="quoted-printable",
    )  # fmt: skip
    post(
        "de1", "24d 10:45", FRANZ, "Grüße aus dem Süden – und eine Bitte", """
        Lieber Robin,

        bei uns blühen schon die Mandelbäume, das möchte ich nur kurz und ohne
        jede Schadenfreude erwähnen. Die Bitte: Könntest du mir „das Buch mit der
        Kuh“ leihen? Lucía spricht von nichts anderem mehr.

        Herzlich, Dein Franz (der mit dem ß)
        """, charset="windows-1252", cte="8bit",
    )  # fmt: skip


def _emoji(post: Post) -> None:
    post(
        "em1", "10h30m", Person("Zoë 🌻 Martens", "zoe@example.com", 2), "👩‍👩‍👧‍👦 + 🏳️‍🌈 + 🍰 = Saturday!!", """
        All of us, all the flags, all the cake. 👩🏽‍🚀 is bringing her telescope,
        weather permitting (☁️ → 🎲, ☀️ → 🔭).

        RSVP with one emoji. 🇳🇱🇬🇧🇵🇹 welcome, 🐈‍⬛ too.
        """, flags="SA",
    )  # fmt: skip
    post(
        "em2", "9h50m", ROBIN, "", """
        🔭
        """, to=(Person("Zoë 🌻 Martens", "zoe@example.com"),), re="em1", folder="Sent",
    )  # fmt: skip
