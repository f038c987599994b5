"""How large things that cross may be, and what each figure is measured against."""

KIB = 1024

# 8,000 characters are ten pages of Japanese typescript.
MAX_TEXT = 8_000
MAX_FILES = 10
MAX_FILE_BYTES = 100 * 1024 * KIB  # the hard limit; 20 MiB unless policy says otherwise
MAX_NAME = 100  # 100 kanji are 300 bytes in UTF-8; file systems that take 255 never see a name
MAX_PASSWORD = 255  # Office and PDF take no longer one

# An event is text and hashes: 8,000 characters outside the BMP are 32 KiB.
MAX_EVENT_BYTES = 64 * KIB
MAX_EVENTS = 256
MAX_PAYLOAD_BYTES = 256 * KIB
# A payload in base64 (4/3) with its signature.
MAX_ENVELOPE_BYTES = 512 * KIB
MAX_CHUNK_BYTES = 256 * KIB
