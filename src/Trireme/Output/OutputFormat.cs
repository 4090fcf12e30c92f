namespace Trireme.Output;

/// <summary>How objects are printed.</summary>
internal enum OutputFormat
{
    Table,
    Wide,
    Json,
    Yaml,
    Name,

    /// <summary>Comma-separated values under a line of names.</summary>
    Csv,

    /// <summary>Words as they come.</summary>
    Text,
}
