"""The faults that `sekisho doctor` knows: a closed list, in both languages, each with its remedy.

docs/doctor.md is printed from here; a test compares.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sekisho.doctor.codes import Code


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means, and the command that mends it or says more.

    `{path}`, `{site}`, `{lane}`, `{zone}` and `{namespaces}` are filled in.
    """

    ja: str
    en: str
    mend: str
    # A warning is worth knowing and stops nothing.
    is_warning: bool = False


MEANINGS: Mapping[Code, Meaning] = {
    Code.PYTHON_OLD: Meaning(
        "Python が古すぎます",
        "This Python is too old.",
        "apt-get install python3.11",
    ),
    Code.SQLITE_OLD: Meaning(
        "SQLite が古すぎます",
        "This SQLite is too old for our stores.",
        "apt-get install --only-upgrade libsqlite3-0",
    ),
    Code.DISK_LOW: Meaning(
        "ディスクの空きが足りません",
        "The disk is nearly full; a full one stops the lanes, and loses nothing.",
        "df -h {path}",
    ),
    Code.ZLIB_OTHER: Meaning(
        "このホストの zlib は別の詰め方をするため、画像やOffice文書などを検査できません",
        "This host's zlib packs data in another way: pictures and documents do not pass here.",
        "apt-get install --reinstall zlib1g",
    ),
    Code.CLOCK_WRONG: Meaning(
        "時計が合っていません",
        "The clock is wrong: keys of the site are from the future.",
        "timedatectl set-ntp true",
    ),
    Code.CANNOT_CONFINE: Meaning(
        "デーモンが自らを隔離できないため、起動しません",
        "This host lacks what a daemon confines itself with, so none starts. Landlock: Linux 5.19"
        " or later, booted with `lsm=landlock,…`. Seccomp: a container may be in the way.",
        "cat /sys/kernel/security/lsm",
    ),
    Code.JAIL_UNSAFE: Meaning(
        "無害化の隔離環境が使えないため、中継は起動しません",
        "The sanitizer's jail lacks a protection on this host, so the relay does not start.",
        "sysctl -w {namespaces}",
    ),
    Code.CELL_UNSAFE: Meaning(
        "LibreOffice と ffmpeg を隔離できないため、旧形式のOffice文書などは通せません",
        "LibreOffice and ffmpeg cannot be isolated: old Office files, OpenDocument, RTF, sound and"
        " film are refused.",
        "sysctl -w {namespaces}",
        is_warning=True,
    ),
    Code.OFFICE_MISSING: Meaning(
        "LibreOffice がないため、旧形式のOffice文書・OpenDocument・RTFは通せません",
        "LibreOffice is not installed: old Office files, OpenDocument and RTF are refused.",
        "apt-get install libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui",
        is_warning=True,
    ),
    Code.FFMPEG_MISSING: Meaning(
        "無害化の設定が録音・録画を通しますが、ffmpeg がないため通せません",
        "A lane's profile lets sound or film cross, and ffmpeg is not installed: it is refused.",
        "apt-get install ffmpeg",
        is_warning=True,
    ),
    Code.FONTS_MISSING: Meaning(
        "日本語フォントがないため、文書のページが崩れることがあります",
        "Japanese fonts are missing: rendered pages may look different from their author's.",
        "apt-get install fonts-noto-cjk fonts-ipafont-gothic fonts-ipafont-mincho",
        is_warning=True,
    ),
    Code.FOLDER_MISSING: Meaning(
        "フォルダがありません",
        "A folder of a node is missing.",
        "sekisho init {site}",
    ),
    Code.FOLDER_OPEN: Meaning(
        "フォルダが他の利用者に開いています",
        "Other users of this host can look into a node's folder.",
        "chmod 700 {path}",
    ),
    Code.FILE_OPEN: Meaning(
        "ストアまたはトークンを他の利用者が読めるため、使われません",
        "Other users of this host can read a store or a token; it is not used as long as they can.",
        "chmod 600 {path}",
    ),
    Code.FILE_CHANGEABLE: Meaning(
        "設定、鍵束、規則を他の利用者が書き換えられるため、起動しません",
        "Other users of this host can change settings, a keyring or rules: nothing starts with it.",
        "chmod go-w {path}",
    ),
    Code.OWNER_DIFFERS: Meaning(
        "ノードのファイルの所有者がフォルダと異なります",
        "A file of a node belongs to another Unix user than its folder: the daemon cannot use it.",
        "chown -R --reference={path} {path}",
    ),
    Code.FRONTEND_SHUT_OUT: Meaning(
        "フロントエンドの Unix ユーザーがソケットに届きません",
        "A frontend's Unix user cannot reach the socket: put it outside the node's folder, with a"
        " group ([sockets] api and group).",
        "editor {path}",
        is_warning=True,
    ),
    Code.SETTINGS_BAD: Meaning(
        "設定ファイルに誤りがあります",
        "The settings cannot be used.",
        "editor {path}",
    ),
    Code.SITE_DIFFERS: Meaning(
        "ノードごとに site の名前が異なります",
        "The nodes do not agree on the name of the site.",
        "editor {path}",
    ),
    Code.TENANT_DIFFERS: Meaning(
        "両ゾーンの tenant が異なります",
        "The two zones do not agree on the municipality's id.",
        "editor {path}",
    ),
    Code.KEY_MISSING: Meaning(
        "鍵ファイルがありません",
        "A private key is missing: restore it from the backup of this host.",
        "cp BACKUP {path}",
    ),
    Code.KEY_OPEN: Meaning(
        "鍵ファイルを他の利用者が読めます",
        "Other users of this host can read a private key.",
        "chmod 600 {path}",
    ),
    Code.KEY_DAMAGED: Meaning(
        "鍵ファイルが壊れています",
        "A private key is damaged: restore it from the backup of this host.",
        "cp BACKUP {path}",
    ),
    Code.KEY_FOREIGN: Meaning(
        "鍵が鍵束のものと一致しません",
        "A private key is not the one that the keyring has for its role.",
        "cp BACKUP {path}",
    ),
    Code.KEY_WEAK: Meaning(
        "弱い鍵が鍵束にあります",
        "The keyring holds a key under which signatures can be forged.",
        "cp BACKUP {path}",
    ),
    Code.KEYRING_BAD: Meaning(
        "鍵束がないか、読めません",
        "A node's keyring is missing or cannot be read: restore it, or set the host up again.",
        "cp BACKUP {path}",
    ),
    Code.KEYRING_INCOMPLETE: Meaning(
        "鍵束に足りない鍵があります",
        "The keyring lacks keys that a lane needs.",
        "sekisho keys add {site} CARD",
    ),
    Code.KEYRINGS_DIFFER: Meaning(
        "ノードごとに鍵束が異なります",
        "The nodes of this host do not trust the same keys.",
        "sekisho keys add {site} CARD",
    ),
    Code.STORE_MISSING: Meaning(
        "データベースがありません",
        "A node's store is missing: restore it, unless this node has never run.",
        "sekisho init {site}",
    ),
    Code.STORE_FOREIGN: Meaning(
        "データベースがこのノードのものではありません",
        "The file in the store's place belongs to another program, zone or installation.",
        "cp BACKUP {path}",
    ),
    Code.STORE_DAMAGED: Meaning(
        "データベースが壊れています",
        "The store is damaged: stop the node and restore it from a backup.",
        "cp BACKUP {path}",
    ),
    Code.STORE_IN_USE: Meaning(
        "データベースが使用中ですが、ノードが応答しません",
        "Somebody has the store open, and the node does not answer.",
        "fuser -v {path}",
    ),
    Code.SOCKET_TOO_LONG: Meaning(
        "ソケットのパスが長すぎます",
        "A socket's path is longer than the 107 bytes that Unix sockets can have.",
        "mv {site} /srv/sekisho",
    ),
    Code.SOCKET_STALE: Meaning(
        "ソケットに応答がありません",
        "A socket file is there and nobody answers: its node has died.",
        "rm {path}",
        is_warning=True,
    ),
    Code.LINK_MISMATCH: Meaning(
        "接続先の設定が食い違っています",
        "A zone connects to an address at which its relay does not listen.",
        "editor {path}",
    ),
    Code.POLICY_BAD: Meaning(
        "ポリシーまたは無害化の設定が読めません",
        "A lane's policy or profile is missing or cannot be used.",
        "editor {path}",
    ),
    Code.POLICY_DIFFERS: Meaning(
        "稼働中のポリシーまたは無害化の設定がファイルと異なります",
        "A stage runs on another policy or profile than the files have: restart the lane.",
        "sekisho status {site}",
    ),
    Code.LANE_HALTED: Meaning(
        "経路が停止しています",
        "A lane has stopped and waits for an operator: status says why, and once you know,"
        " `sekisho lane resume` lets it go on.",
        "sekisho status {site}",
    ),
    Code.ROLLBACK: Meaning(
        "データベースが古い状態に戻っています",
        "A store is older than what others have seen of it: it came from a backup. Put the newer"
        " one back, if there is one.",
        "sekisho status {site}",
    ),
    Code.AUDIT_BROKEN: Meaning(
        "監査ログが記録と一致しません",
        "The published audit log differs from the one in the store.",
        "sekisho audit verify {site} {lane}",
    ),
    Code.WITNESS_LAGS: Meaning(
        "監査ログの証人の署名が遅れています",
        "A zone has not signed the audit log for longer, or for more records, than is allowed:"
        " nobody vouches for the last records. Its link, or the other stage, may be down.",
        "sekisho audit verify {site} {lane}",
        is_warning=True,
    ),
    Code.WEBHOOK_DEAD: Meaning(
        "通知先が受け取らなかった通知があります",
        "A webhook did not accept a delivery; it can be tried again.",
        "sekisho webhook list {site} --zone {zone}",
        is_warning=True,
    ),
    Code.SEARCH_BEHIND: Meaning(
        "検索の索引が追いついていません",
        "Search does not find everything yet; the daemon's log says why, if it makes no progress.",
        "sekisho status {site}",
        is_warning=True,
    ),
    Code.EVENTS_REFUSED: Meaning(
        "相手側から届いた操作のうち、権限がないため反映しなかったものがあります",
        "The other zone sent what its authors had no right to do, and it was not applied: a right"
        " that was taken away at the same moment, or a zone that is not itself any more. The"
        " command lists it, and notes that you have seen it.",
        "sekisho quarantine {site} --zone {zone} --seen",
        is_warning=True,
    ),
    Code.COPIES_DIFFER: Meaning(
        "両ゾーンの写しに食い違いがあります",
        "The two copies of the conversation do not say the same: something was lost or changed in"
        " one of them, and could not be put back by itself yet.",
        "sekisho reconcile {site} --zone {zone}",
        is_warning=True,
    ),
    Code.IMPORT_UNARRIVED: Meaning(
        "取り込んだ名簿の中に、相手側で拒否または保留され、まだ届いていない人や所属があります",
        "People or sections of an imported list were refused or are held on their way: the other"
        " zone does not know them. Importing the list again sends what was refused once more.",
        "sekisho user imports {site} --zone {zone}",
        is_warning=True,
    ),
    Code.STORE_AHEAD: Meaning(
        "ストアの時刻がこのホストの時計より進んでいます",
        "The clock of a store is ahead of this host's, so its zone can say nothing. If the host's"
        " clock is behind, set it; if it was in the future and is right now, stop the zone and set"
        " the store back.",
        "sekisho set-back {site} {zone}",
    ),
    Code.CLOCK_DRIFTS: Meaning(
        "中継の時計と2秒以上ずれています",
        "The clocks of a zone and the relay differ by two seconds or more: what is said within"
        " that time may be ordered otherwise.",
        "timedatectl timesync-status",
        is_warning=True,
    ),
    Code.CLOCK_APART: Meaning(
        "中継の時計とのずれが許容範囲を超えています",
        "The clocks of a zone and the relay differ by more than is tolerated: what the one ahead"
        " says is refused. Set the one that is wrong.",
        "timedatectl set-ntp true",
    ),
}
