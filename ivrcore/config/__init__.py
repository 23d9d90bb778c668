"""Configuration: the files of a site's folder, read once into a frozen :class:`Config`.

The only place that reads configuration files, secrets and environment variables.
"""

from ivrcore.config.load import CONFIG_FILE, load_config, read_site
from ivrcore.config.model import (
    AsteriskConfig,
    Config,
    EngineChoice,
    Fallback,
    FallbackAction,
    JournalConfig,
    LanguageSpeech,
    PluginsConfig,
    QueueVoice,
    Slot,
    SpeechConfig,
    WebConfig,
)

__all__ = [
    "CONFIG_FILE",
    "AsteriskConfig",
    "Config",
    "EngineChoice",
    "Fallback",
    "FallbackAction",
    "JournalConfig",
    "LanguageSpeech",
    "PluginsConfig",
    "QueueVoice",
    "Slot",
    "SpeechConfig",
    "WebConfig",
    "load_config",
    "read_site",
]
