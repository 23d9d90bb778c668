"""Configuration: the files of a site's folder, read once into a frozen :class:`Config`.

The only place that reads configuration files, secrets and environment variables.
"""

from ivrcore.config.aeap import AeapConfig, ListedGrammar
from ivrcore.config.canary import CanaryConfig
from ivrcore.config.fallback import Fallback, FallbackAction
from ivrcore.config.fastagi import FastAgiConfig
from ivrcore.config.feature_codes import FeatureCodes
from ivrcore.config.history import HistoryConfig
from ivrcore.config.journal import JournalConfig
from ivrcore.config.load import CONFIG_FILE, load_config, read_site
from ivrcore.config.model import (
    AgentRules,
    AsteriskConfig,
    CallBackConfig,
    Config,
    Confirmation,
    EngineChoice,
    IdentifyConfig,
    KeepConfig,
    LanguageSpeech,
    LookupConfig,
    MailboxConfig,
    OutboundConfig,
    PluginsConfig,
    QueueVoice,
    Slot,
    SpeechConfig,
    SupervisorsConfig,
    WatchConfig,
    WebConfig,
)
from ivrcore.config.overload import OverloadConfig
from ivrcore.config.traces import TracesConfig

__all__ = [
    "CONFIG_FILE",
    "AeapConfig",
    "AgentRules",
    "AsteriskConfig",
    "CallBackConfig",
    "CanaryConfig",
    "Config",
    "Confirmation",
    "EngineChoice",
    "Fallback",
    "FallbackAction",
    "FastAgiConfig",
    "FeatureCodes",
    "HistoryConfig",
    "IdentifyConfig",
    "JournalConfig",
    "KeepConfig",
    "LanguageSpeech",
    "ListedGrammar",
    "LookupConfig",
    "MailboxConfig",
    "OutboundConfig",
    "OverloadConfig",
    "PluginsConfig",
    "QueueVoice",
    "Slot",
    "SpeechConfig",
    "SupervisorsConfig",
    "TracesConfig",
    "WatchConfig",
    "WebConfig",
    "load_config",
    "read_site",
]
