using System.Globalization;
using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.Engines;

/// <summary>
/// One option of an engine: the field of a release that sets it, and the argument that the field becomes. Type, range, allowed values
/// and description are those of the field in the release's schema.
/// </summary>
/// <param name="field">Path of the field below spec, such as "engine.contextLength".</param>
/// <param name="flag">The argument's name, such as "--context".</param>
/// <param name="read">
/// The field's value, null where it is not set: a text, number, amount of memory or duration, a flag that is given or not, or a list of
/// texts.
/// </param>
public sealed class EngineOption(string field, string flag, Func<EngineSetup, object?> read)
{
    public string Field { get; } = field;

    public string Flag { get; } = flag;

    public bool IsSet(EngineSetup setup) => read(setup) is not null;

    /// <summary>The arguments; none where the field is not set, for the engine's own default.</summary>
    public IReadOnlyList<string> Arguments(EngineSetup setup) => read(setup) switch
    {
        null or false => [],
        true => [Flag],
        string text => [Flag, text],
        int number => [Flag, number.ToString(CultureInfo.InvariantCulture)],
        ByteSize size => [Flag, size.Bytes.ToString(CultureInfo.InvariantCulture)],
        Duration duration => [Flag, duration.ToString()],
        IReadOnlyList<string> texts => [Flag, .. texts],
        { } other => throw new NotSupportedException($"{Field} is a {other.GetType().Name}, which no argument is written from."),
    };
}
