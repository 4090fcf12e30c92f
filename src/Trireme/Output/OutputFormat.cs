namespace Trireme.Output;

/// <summary>How objects are printed.</summary>
internal enum OutputFormat
{
    Table,
    Wide,
    Json,
    Yaml,
    Name,

    /// <summary>Words as they come.</summary>
    Text,
}
