namespace Trireme.ApiServer.Admission;

/// <summary>An object that needs another one.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Name">Its name.</param>
/// <param name="Roles">What the other one is to it, such as "serves it".</param>
/// <param name="Field">The first of its fields that names the other one.</param>
internal sealed record UserOfObject(string Kind, string Name, string Roles, string Field)
{
    /// <summary>Most users that a message names.</summary>
    public const int ShownMax = 5;

    public static string List(IReadOnlyList<UserOfObject> users)
    {
        string shown = string.Join(", ", users.Take(ShownMax));
        return users.Count > ShownMax ? $"{shown} and {users.Count - ShownMax} more" : shown;
    }

    public override string ToString() => $"{Kind} \"{Name}\" ({Roles})";
}
