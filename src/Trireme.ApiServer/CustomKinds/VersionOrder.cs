using System.Globalization;
using System.Text.RegularExpressions;

namespace Trireme.ApiServer.CustomKinds;

/// <summary>
/// The order in which clients prefer versions (k8s.io/apimachinery, pkg/version): v2, v1, then v1beta2, v1beta1, then v1alpha1, then names
/// of other forms by the alphabet.
/// </summary>
internal static partial class VersionOrder
{
    public static IComparer<string> Comparer { get; } = Comparer<string>.Create(Compare);

    private static int Compare(string left, string right)
    {
        (int stage, int major, int minor) = Parse(left);
        (int otherStage, int otherMajor, int otherMinor) = Parse(right);
        int order = stage.CompareTo(otherStage);
        if (order == 0) order = otherMajor.CompareTo(major);
        if (order == 0) order = otherMinor.CompareTo(minor);
        return order != 0 ? order : string.CompareOrdinal(left, right);
    }

    private static (int Stage, int Major, int Minor) Parse(string name)
    {
        Match match = Form().Match(name);
        if (!match.Success) return (3, 0, 0);
        int stage = match.Groups[2].Value switch { "" => 0, "beta" => 1, _ => 2 };
        return (stage, Number(match.Groups[1]), stage == 0 ? 0 : Number(match.Groups[3]));
    }

    private static int Number(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex("^v([1-9][0-9]{0,8})(?:(alpha|beta)([1-9][0-9]{0,8}))?$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
