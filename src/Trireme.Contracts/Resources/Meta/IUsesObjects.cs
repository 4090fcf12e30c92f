namespace Trireme.Contracts.Resources;

/// <summary>A resource that cannot work without others of its namespace: those are kept from deletion while it is there.</summary>
public interface IUsesObjects
{
    /// <summary>What it needs, as its spec and status say.</summary>
    IEnumerable<ObjectUse> Uses();
}

/// <summary>One needed object.</summary>
/// <param name="Kind">Its kind, of the same group.</param>
/// <param name="Name">Its name.</param>
/// <param name="Field">The field that names it.</param>
/// <param name="Role">What it is to the user, for people: "serves".</param>
public sealed record ObjectUse(string Kind, string Name, string Field, string Role);
