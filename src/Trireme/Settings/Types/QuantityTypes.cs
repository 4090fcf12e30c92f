using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Serialization;

namespace Trireme.Settings.Types;

/// <summary>A length of time with its unit.</summary>
internal sealed class DurationType(TimeSpan least, TimeSpan most) : SettingType<TimeSpan>(
    $"a duration from {new Duration(least)} to {new Duration(most)}", "30s, 1m30s or 250ms", "DURATION")
{
    public override bool TryParse(string text, string folder, out TimeSpan value)
    {
        bool read = Duration.TryParse(text, out Duration duration);
        value = duration;
        return read && value >= least && value <= most;
    }

    public override JsonNode? Write(TimeSpan value) => JsonValue.Create(new Duration(value).ToString());
}

/// <summary>An amount of memory or disk, with a unit or in bytes.</summary>
internal sealed class SizeType(long least, long most) : SettingType<long>(
    $"an amount of memory from {new ByteSize(least)} to {new ByteSize(most)}", "512Ki, 16Mi, 2Gi or a number of bytes", "SIZE")
{
    public override bool TryParse(string text, string folder, out long value)
    {
        bool read = ByteSize.TryParse(text, out ByteSize size);
        value = size.Bytes;
        return read && value >= least && value <= most;
    }

    public override JsonNode? Write(long value) => JsonValue.Create(new ByteSize(value).ToString());

    protected override string? TextOf(JsonNode json) =>
        json.GetValueKind() is JsonValueKind.Number ? json.ToJsonString() : base.TextOf(json);
}
