using System.Globalization;
using System.Text;

namespace Trireme.ApiServer.CustomKinds.Schemas;

/// <summary>Where a walk is. It is put into words only where there is something to say.</summary>
/// <param name="Parent">The place around it; null for the root.</param>
/// <param name="Name">Name of the member; null for an item.</param>
/// <param name="Index">Index of the item.</param>
internal sealed record Place(Place? Parent, string? Name, int Index)
{
    public static Place Root { get; } = new(null, null, 0);

    /// <summary>The path, such as spec.items[1].name; empty for the root.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        for (Place at = this; at.Parent is { } parent; at = parent)
        {
            string dot = text.Length > 0 && text[0] != '[' ? "." : "";
            text.Insert(0, at.Name is { } name ? name + dot : string.Create(CultureInfo.InvariantCulture, $"[{at.Index}]{dot}"));
        }

        return text.ToString();
    }
}
