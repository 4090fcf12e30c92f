namespace Trireme.ApiServer.Patching.Apply;

/// <summary>Who owns fields: the same program is another owner when it updates than when it applies, or through status.</summary>
internal sealed record ManagerId(string Manager, string Operation, string Subresource)
{
    public const string Apply = "Apply";
    public const string Update = "Update";
}

/// <summary>The fields one manager owns and when that last changed.</summary>
internal sealed record ManagedEntry(ManagerId Id, string ApiVersion, string Time, FieldSet Fields);
