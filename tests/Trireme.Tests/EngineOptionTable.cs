using System.Globalization;
using System.Text;
using Trireme.Contracts.Engines;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.Tests;

/// <summary>Writes the catalogue of engine options as the tables of its documentation.</summary>
internal static class EngineOptionTable
{
    public static string Write()
    {
        var text = new StringBuilder();
        foreach (EngineDefinition engine in EngineCatalog.All)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n#### `{engine.Name}`: {engine.Serves}\n\n");
            text.Append("| in a release, below `spec` | argument | values | what |\n|---|---|---|---|\n");
            foreach (IGrouping<string, EngineOption> field in engine.Options.GroupBy(option => option.Field))
            {
                SchemaNode schema = SchemaOf(field.Key);
                string flags = string.Join(", ", field.Select(option => $"`{option.Flag}`"));
                text.Append(CultureInfo.InvariantCulture, $"| `{field.Key}` | {flags} | {Values(schema)} | {schema.Description} |\n");
            }
        }

        text.Append("\n#### Local to the machine\n\n| argument | set by |\n|---|---|\n");
        foreach (LocalOption option in EngineCatalog.All.SelectMany(engine => engine.LocalOptions).Distinct())
        {
            text.Append(CultureInfo.InvariantCulture, $"| `{option.Flag}` | {option.SetBy} |\n");
        }

        return text.Append('\n').ToString();
    }

    /// <summary>The schema of a field below a release's spec.</summary>
    private static SchemaNode SchemaOf(string field) => field.Split('.').Aggregate(
        ResourceCatalog.Releases.Schema.Properties!["spec"], (schema, name) => schema.Properties![name]);

    private static string Values(SchemaNode schema) => schema switch
    {
        { Enum: { } words } => string.Join(", ", words.Select(word => $"`{word}`")),
        { IntOrString: true } => "memory, such as `512Mi`",
        { Minimum: { } min, Maximum: { } max } => string.Create(CultureInfo.InvariantCulture, $"{min} to {max}"),
        { Pattern: Duration.Pattern } => "duration, such as `50ms`",
        { Type: "boolean" } => "`true`, `false`",
        { Type: "array", MaxItems: { } most } => $"up to {most.ToString(CultureInfo.InvariantCulture)}",
        _ => "path",
    };
}
