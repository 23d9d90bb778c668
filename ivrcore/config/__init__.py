"""Configuration: the files of a site's folder, read once into a frozen :class:`Config`.

The only place that reads configuration files, secrets and environment variables.
"""

from ivrcore.config.feature_codes import FeatureCodes
from ivrcore.config.load import CONFIG_FILE, load_config, read_site
from ivrcore.config.model import (
    AgentRules,
    AsteriskConfig,
    CallBackConfig,
    Config,
    Confirmation,
    EngineChoice,
    Fallback,
    FallbackAction,
    IdentifyConfig,
    JournalConfig,
    LanguageSpeech,
    LookupConfig,
    MailboxConfig,
    OutboundConfig,
    PluginsConfig,
    QueueVoice,
    Slot,
    SpeechConfig,
    SupervisorsConfig,
    WebConfig,
)

__all__ = [
    "CONFIG_FILE",
    "AgentRules",
    "AsteriskConfig",
    "CallBackConfig",
    "Config",
    "Confirmation",
    "EngineChoice",
    "Fallback",
    "FallbackAction",
    "FeatureCodes",
    "IdentifyConfig",
    "JournalConfig",
    "LanguageSpeech",
    "LookupConfig",
    "MailboxConfig",
    "OutboundConfig",
    "PluginsConfig",
    "QueueVoice",
    "Slot",
    "SpeechConfig",
    "SupervisorsConfig",
    "WebConfig",
    "load_config",
    "read_site",
]
