namespace Trireme.ApiServer.Definitions;

/// <summary>
/// Which of the names that a definition asks for it gets: no two kinds of one group share one
/// (k8s.io/apiextensions-apiserver, pkg/controller/status/naming_controller.go).
/// </summary>
/// <param name="Accepted">The names it has from now on. A name that it does not get stays what it was.</param>
/// <param name="Reason">NoConflicts, or which name another kind has.</param>
/// <param name="Message">The same for people.</param>
internal sealed record NameAcceptance(DefinitionNames Accepted, string Reason, string Message)
{
    private const string NoConflicts = "NoConflicts";

    public bool IsWhole => Reason == NoConflicts;

    /// <param name="wanted">The names that the definition asks for.</param>
    /// <param name="had">The names that it has.</param>
    /// <param name="others">The names that the other kinds of its group have.</param>
    public static NameAcceptance Of(DefinitionNames wanted, DefinitionNames had, IReadOnlyCollection<DefinitionNames> others)
    {
        HashSet<string> resources =
            [.. others.SelectMany(static other => (string[])[other.Plural, other.Singular ?? "", .. other.ShortNames ?? []])];
        HashSet<string> kinds = [.. others.SelectMany(static other => (string[])[other.Kind, other.ListKind ?? ""])];
        string reason = NoConflicts;
        string message = "no conflicts found";
        string singular = wanted.Singular ?? "";
        string listKind = wanted.ListKind ?? "";
        IReadOnlyList<string> shortNames = wanted.ShortNames ?? [];
        string? taken = shortNames.FirstOrDefault(resources.Contains);
        bool sameShortNames = shortNames.SequenceEqual(had.ShortNames ?? []);
        if (taken is not null && !sameShortNames) Refuse("ShortNamesConflict", taken);
        var accepted = new DefinitionNames
        {
            Plural = Take(wanted.Plural, had.Plural, resources, "PluralConflict"),
            Singular = Take(singular, had.Singular ?? "", resources, "SingularConflict"),
            ShortNames = taken is null ? wanted.ShortNames : had.ShortNames,
            Kind = Take(wanted.Kind, had.Kind, kinds, "KindConflict"),
            ListKind = Take(listKind, had.ListKind ?? "", kinds, "ListKindConflict"),
            Categories = wanted.Categories,
        };
        return new NameAcceptance(accepted, reason, message);

        string Take(string name, string before, HashSet<string> given, string conflict)
        {
            if (name == before || name.Length == 0 || !given.Contains(name)) return name;
            Refuse(conflict, name);
            return before;
        }

        void Refuse(string conflict, string name)
        {
            reason = conflict;
            message = $"\"{name}\" is already in use";
        }
    }
}
