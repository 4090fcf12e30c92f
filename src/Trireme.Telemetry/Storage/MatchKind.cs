namespace Trireme.Telemetry.Storage;

internal enum MatchKind
{
    Equal,
    NotEqual,
    Regex,
    NotRegex,
}
