"""The kinds of file the sanitizer knows by name.

Most of them only in order to refuse them by name.  How a kind is told from its content is in
`sanitizer.identify`; what is done with it, in `sanitizer.treatments`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """A kind of file, by the extension people know it by."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    GIF = "gif"
    TIFF = "tiff"
    BMP = "bmp"
    HEIC = "heic"
    AVIF = "avif"
    SVG = "svg"
    ICO = "ico"
    PSD = "psd"
    TEXT = "text"
    CSV = "csv"
    HTML = "html"
    XML = "xml"
    RTF = "rtf"
    EML = "eml"
    MSG = "msg"
    TNEF = "tnef"
    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    PPTX = "pptx"
    DOCM = "docm"
    XLSM = "xlsm"
    PPTM = "pptm"
    XLSB = "xlsb"
    DOC = "doc"
    XLS = "xls"
    PPT = "ppt"
    ENCRYPTED_OFFICE = "encrypted-office"
    OLE = "ole"
    ODT = "odt"
    ODS = "ods"
    ODP = "odp"
    ODG = "odg"
    JTD = "jtd"
    XDW = "xdw"
    DWG = "dwg"
    DXF = "dxf"
    JWW = "jww"
    STEP = "step"
    ZIP = "zip"
    SEVEN_ZIP = "7z"
    RAR = "rar"
    LZH = "lzh"
    CAB = "cab"
    GZIP = "gzip"
    TAR = "tar"
    ISO = "iso"
    EXE = "exe"
    ELF = "elf"
    MACHO = "macho"
    JAVA = "java"
    LNK = "lnk"
    SCRIPT = "script"
    MP4 = "mp4"
    MP3 = "mp3"
    WAV = "wav"
    OGG = "ogg"
    FLAC = "flac"
    WEBM = "webm"
    AVI = "avi"
    ASF = "asf"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Description:
    """What a kind is called, how its files are named, and what libmagic may call it."""

    ja: str
    en: str
    extensions: tuple[str, ...]
    mime: tuple[str, ...] = ()


KINDS: Mapping[Kind, Description] = {
    Kind.JPEG: Description("JPEG画像", "JPEG picture", ("jpg", "jpeg", "jpe"), ("image/jpeg",)),
    Kind.PNG: Description("PNG画像", "PNG picture", ("png",), ("image/png",)),
    Kind.WEBP: Description("WebP画像", "WebP picture", ("webp",), ("image/webp",)),
    Kind.GIF: Description("GIF画像", "GIF picture", ("gif",), ("image/gif",)),
    Kind.TIFF: Description("TIFF画像", "TIFF picture", ("tif", "tiff"), ("image/tiff",)),
    Kind.BMP: Description(
        "BMP画像", "BMP picture", ("bmp", "dib"), ("image/bmp", "image/x-ms-bmp")
    ),
    Kind.HEIC: Description(
        "HEIC画像", "HEIC picture", ("heic", "heif"), ("image/heic", "image/heif")
    ),
    Kind.AVIF: Description("AVIF画像", "AVIF picture", ("avif",), ("image/avif",)),
    Kind.SVG: Description("SVG画像", "SVG drawing", ("svg",), ("image/svg+xml",)),
    Kind.ICO: Description("アイコン", "icon", ("ico", "cur"), ("image/vnd.microsoft.icon",)),
    Kind.PSD: Description(
        "Photoshop画像", "Photoshop picture", ("psd",), ("image/vnd.adobe.photoshop",)
    ),
    Kind.TEXT: Description("テキスト", "plain text", ("txt", "log", "md")),
    Kind.CSV: Description("CSV", "CSV table", ("csv", "tsv")),
    Kind.HTML: Description("HTML", "HTML page", ("html", "htm", "xhtml", "mht", "mhtml", "hta")),
    Kind.XML: Description("XML", "XML", ("xml", "xsl", "xsd")),
    Kind.RTF: Description("リッチテキスト", "Rich Text", ("rtf",), ("text/rtf",)),
    Kind.EML: Description("メール", "mail message", ("eml",)),
    Kind.MSG: Description(
        "Outlookメール", "Outlook message", ("msg",), ("application/vnd.ms-outlook",)
    ),
    Kind.TNEF: Description(
        "Outlook形式の添付(winmail.dat)",
        "Outlook attachment (winmail.dat)",
        ("tnef",),
        ("application/vnd.ms-tnef", "application/ms-tnef"),
    ),
    Kind.PDF: Description("PDF", "PDF", ("pdf",), ("application/pdf",)),
    Kind.DOCX: Description("Word文書", "Word document", ("docx", "dotx")),
    Kind.XLSX: Description("Excelブック", "Excel workbook", ("xlsx", "xltx")),
    Kind.PPTX: Description("PowerPoint", "PowerPoint presentation", ("pptx", "potx", "ppsx")),
    Kind.DOCM: Description("マクロ付きWord文書", "Word document with macros", ("docm", "dotm")),
    Kind.XLSM: Description(
        "マクロ付きExcelブック", "Excel workbook with macros", ("xlsm", "xltm", "xlam")
    ),
    Kind.PPTM: Description(
        "マクロ付きPowerPoint", "PowerPoint with macros", ("pptm", "potm", "ppsm", "ppam")
    ),
    Kind.XLSB: Description("Excelバイナリブック", "binary Excel workbook", ("xlsb",)),
    Kind.DOC: Description(
        "旧形式のWord文書", "old Word document", ("doc", "dot"), ("application/msword",)
    ),
    Kind.XLS: Description(
        "旧形式のExcelブック", "old Excel workbook", ("xls", "xlt"), ("application/vnd.ms-excel",)
    ),
    Kind.PPT: Description(
        "旧形式のPowerPoint",
        "old PowerPoint",
        ("ppt", "pps", "pot"),
        ("application/vnd.ms-powerpoint",),
    ),
    Kind.ENCRYPTED_OFFICE: Description(
        "パスワード付きOffice文書", "password-protected Office file", ()
    ),
    Kind.OLE: Description("OLE複合文書", "OLE compound file", ("msi", "ole")),
    Kind.ODT: Description(
        "OpenDocument文書",
        "OpenDocument text",
        ("odt", "ott"),
        (
            "application/vnd.oasis.opendocument.text",
            "application/vnd.oasis.opendocument.text-template",
        ),
    ),
    Kind.ODS: Description(
        "OpenDocument表計算",
        "OpenDocument spreadsheet",
        ("ods", "ots"),
        (
            "application/vnd.oasis.opendocument.spreadsheet",
            "application/vnd.oasis.opendocument.spreadsheet-template",
        ),
    ),
    Kind.ODP: Description(
        "OpenDocumentプレゼンテーション",
        "OpenDocument presentation",
        ("odp", "otp"),
        (
            "application/vnd.oasis.opendocument.presentation",
            "application/vnd.oasis.opendocument.presentation-template",
        ),
    ),
    Kind.ODG: Description(
        "OpenDocument図形描画",
        "OpenDocument drawing",
        ("odg", "otg"),
        (
            "application/vnd.oasis.opendocument.graphics",
            "application/vnd.oasis.opendocument.graphics-template",
        ),
    ),
    Kind.JTD: Description("一太郎文書", "Ichitaro document", ("jtd", "jtt", "jtdc")),
    Kind.XDW: Description("DocuWorks文書", "DocuWorks document", ("xdw", "xbd")),
    Kind.DWG: Description("AutoCAD図面", "AutoCAD drawing", ("dwg",), ("image/vnd.dwg",)),
    Kind.DXF: Description("DXF図面", "DXF drawing", ("dxf",), ("image/vnd.dxf",)),
    Kind.JWW: Description("Jw_cad図面", "Jw_cad drawing", ("jww", "jwc")),
    Kind.STEP: Description("SXF・STEP図面", "SXF or STEP drawing", ("p21", "sfc", "stp", "step")),
    Kind.ZIP: Description("ZIP書庫", "ZIP archive", ("zip",), ("application/zip",)),
    Kind.SEVEN_ZIP: Description("7z書庫", "7z archive", ("7z",), ("application/x-7z-compressed",)),
    Kind.RAR: Description("RAR書庫", "RAR archive", ("rar",), ("application/x-rar",)),
    Kind.LZH: Description(
        "LZH書庫", "LZH archive", ("lzh", "lha"), ("application/x-lzh-compressed",)
    ),
    Kind.CAB: Description(
        "CAB書庫", "CAB archive", ("cab",), ("application/vnd.ms-cab-compressed",)
    ),
    Kind.GZIP: Description("gzip圧縮", "gzip file", ("gz", "tgz"), ("application/gzip",)),
    Kind.TAR: Description("tar書庫", "tar archive", ("tar",), ("application/x-tar",)),
    Kind.ISO: Description(
        "ディスクイメージ", "disc image", ("iso", "img"), ("application/x-iso9660-image",)
    ),
    Kind.EXE: Description(
        "Windows実行ファイル",
        "Windows program",
        ("exe", "dll", "scr", "com", "sys", "cpl", "ocx"),
        ("application/x-dosexec", "application/vnd.microsoft.portable-executable"),
    ),
    Kind.ELF: Description(
        "Linux実行ファイル",
        "Linux program",
        ("elf", "so"),
        ("application/x-executable", "application/x-sharedlib", "application/x-pie-executable"),
    ),
    Kind.MACHO: Description(
        "macOS実行ファイル", "macOS program", ("dylib",), ("application/x-mach-binary",)
    ),
    Kind.JAVA: Description(
        "Javaクラス", "Java class", ("class", "jar"), ("application/x-java-applet",)
    ),
    Kind.LNK: Description(
        "ショートカット", "Windows shortcut", ("lnk", "url"), ("application/x-ms-shortcut",)
    ),
    Kind.SCRIPT: Description(
        "スクリプト",
        "script",
        ("js", "jse", "vbs", "vbe", "wsf", "ps1", "bat", "cmd", "sh", "py", "reg"),
        ("text/x-shellscript", "text/x-msdos-batch"),
    ),
    Kind.MP4: Description(
        "動画",
        "video",
        ("mp4", "mov", "m4v", "m4a", "3gp"),
        ("video/mp4", "video/quicktime", "video/x-m4v", "audio/x-m4a", "video/3gpp"),
    ),
    Kind.MP3: Description("音声", "audio", ("mp3",), ("audio/mpeg",)),
    Kind.WAV: Description("音声", "audio", ("wav",), ("audio/x-wav",)),
    Kind.OGG: Description(
        "音声", "audio", ("ogg", "oga", "opus"), ("audio/ogg", "application/ogg", "video/ogg")
    ),
    Kind.FLAC: Description("音声", "audio", ("flac",), ("audio/flac",)),
    Kind.WEBM: Description(
        "動画", "video", ("webm", "mkv", "weba"), ("video/webm", "video/x-matroska")
    ),
    Kind.AVI: Description("動画", "video", ("avi",), ("video/x-msvideo",)),
    Kind.ASF: Description("動画", "video", ("wmv", "wma", "asf"), ("video/x-ms-asf",)),
    Kind.UNKNOWN: Description("不明な種類", "unknown kind", ()),
}

_BY_EXTENSION = {ext: kind for kind, about in KINDS.items() for ext in about.extensions}


# Kinds that libmagic calls by too many names for its word to count, by the name they have at IANA.
_MEDIA = {
    Kind.TEXT: "text/plain",
    Kind.CSV: "text/csv",
    Kind.HTML: "text/html",
    Kind.XML: "application/xml",
    Kind.EML: "message/rfc822",
    Kind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Kind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Kind.PPTX: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    Kind.DOCM: "application/vnd.ms-word.document.macroEnabled.12",
    Kind.XLSM: "application/vnd.ms-excel.sheet.macroEnabled.12",
    Kind.PPTM: "application/vnd.ms-powerpoint.presentation.macroEnabled.12",
}


def media_of(kind: Kind) -> str:
    """Return the media type of `kind`, the most general one where it has none of its own."""
    return _MEDIA.get(kind) or next(iter(KINDS[kind].mime), "application/octet-stream")


def kind_named(untrusted_name: str) -> Kind:
    """Return the kind that a file name claims by its extension."""
    _, dot, extension = untrusted_name.rpartition(".")
    return _BY_EXTENSION.get(extension.lower(), Kind.UNKNOWN) if dot else Kind.UNKNOWN
