using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Trireme.Settings.Types;

/// <summary>A whole number.</summary>
internal sealed class WholeNumberType(int least, int most, string example, string placeholder = "N") : SettingType<int>(
    most == int.MaxValue
        ? string.Create(CultureInfo.InvariantCulture, $"a whole number of at least {least}")
        : string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"),
    example,
    placeholder)
{
    public override bool TryParse(string text, string folder, out int value) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && value >= least && value <= most;

    public override JsonNode? Write(int value) => JsonValue.Create(value);

    protected override string? TextOf(JsonNode json) => json.GetValueKind() == JsonValueKind.Number ? json.ToJsonString() : null;
}

/// <summary>A number with a fraction.</summary>
internal sealed class FractionType(double least, double most, string example) : SettingType<double>(
    string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}"),
    example,
    "NUMBER")
{
    public override bool TryParse(string text, string folder, out double value) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value)
        && value >= least
        && value <= most;

    public override JsonNode? Write(double value) => JsonValue.Create(value);

    protected override string? TextOf(JsonNode json) => json.GetValueKind() == JsonValueKind.Number ? json.ToJsonString() : null;
}

/// <summary>Yes or no.</summary>
internal sealed class SwitchType() : SettingType<bool>("true or false", "true", "true|false")
{
    public override bool TryParse(string text, string folder, out bool value)
    {
        value = text == "true";
        return value || text == "false";
    }

    public override JsonNode? Write(bool value) => JsonValue.Create(value);

    protected override string? TextOf(JsonNode json) =>
        json.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? json.ToJsonString() : null;
}
