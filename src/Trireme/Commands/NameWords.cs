using System.CommandLine;
using System.CommandLine.Parsing;
using Trireme.Connection;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Validation;

namespace Trireme.Commands;

/// <summary>
/// Words of a command line that name objects. One that could not be a name, such as a shell's variable that is empty, is refused before
/// anything is asked of the platform.
/// </summary>
internal static class NameWords
{
    /// <summary>Whatever follows is one name.</summary>
    public static Option<string> OfName(this Option<string> option)
    {
        option.Validators.Add(result => Check(result, option.Name, result.Tokens.Select(token => token.Value)));
        return option;
    }

    /// <summary>The word is NAME or KIND/NAME, of some kinds: of another it would stand for an object that was not meant.</summary>
    public static TArgument OfName<TArgument>(this TArgument argument, params IReadOnlyList<ResourceDefinition> kinds)
        where TArgument : Argument
    {
        argument.Validators.Add(result =>
        {
            foreach (string word in result.Tokens.Select(token => token.Value)) CheckKind(result, argument.Name, word, kinds);
        });
        return argument;
    }

    /// <summary>The words are KIND NAME... or KIND/NAME...</summary>
    public static Argument<string[]> OfNames(this Argument<string[]> argument)
    {
        argument.Validators.Add(result =>
            Check(result, argument.Name, ResourceArgument.NamesIn([.. result.Tokens.Select(token => token.Value)])));
        return argument;
    }

    /// <summary>The word names a model of a gateway, which need not be an object: names on other servers have slashes.</summary>
    public static Argument<string> OfModel(this Argument<string> argument)
    {
        argument.Validators.Add(result => CheckModel(result, argument.Name, result.Tokens));
        return argument;
    }

    /// <summary>Whatever follows names a model of a gateway.</summary>
    public static Option<string> OfModel(this Option<string> option)
    {
        option.Validators.Add(result => CheckModel(result, option.Name, result.Tokens));
        return option;
    }

    private static void CheckKind(ArgumentResult result, string where, string word, IReadOnlyList<ResourceDefinition> kinds)
    {
        int slash = word.IndexOf('/', StringComparison.Ordinal);
        string named = slash > 0 ? word[..slash].Split('.')[0] : "";
        ResourceDefinition? kind = kinds.FirstOrDefault(one => one.IsNamed(named)) ?? ResourceCatalog.Find(named);
        if (kind is null || kinds.Contains(kind))
        {
            Check(result, where, [kind is null ? word : word[(slash + 1)..]]);
            return;
        }

        result.AddError($"{where}: \"{word}\" is a {kind.Singular}; name a {string.Join(" or a ", kinds.Select(one => one.Singular))}.");
    }

    private static void CheckModel(SymbolResult result, string where, IReadOnlyList<Token> tokens)
    {
        // Only that a name is there can be said; the gateway knows the rest.
        Check(result, where, tokens.Select(token => token.Value).Where(string.IsNullOrEmpty));
    }

    private static void Check(SymbolResult result, string where, IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            if (NameRules.PathSegmentFault(name) is { } fault) result.AddError(Sentence(where, name, fault));
        }
    }

    private static string Sentence(string where, string name, string fault) => $"{where}: \"{name}\": resource name {fault}.";
}
