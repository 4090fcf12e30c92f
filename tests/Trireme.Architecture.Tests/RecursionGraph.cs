using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Trireme.Architecture.Tests;

/// <summary>
/// Which methods of a project that take a foreign tree call each other. Calls are matched by name and number of arguments, and by type
/// where the call names one; what cannot be told apart counts as a call, so a cycle is never missed for lack of types.
/// </summary>
internal sealed class RecursionGraph
{
    /// <summary>Trees that come from outside the process, or from a text that does.</summary>
    private static readonly HashSet<string> ForeignTypes =
    [
        "JsonNode", "JsonObject", "JsonArray", "JsonValue", "JsonElement", "JsonProperty", "Utf8JsonReader", "YamlNode",
        "YamlMappingNode", "YamlSequenceNode", "IParser", "XElement", "XNode", "SchemaNode", "Expression", "Statement", "Block",
        "TokenReader",
    ];

    private readonly List<TreeMethod> _methods;

    public RecursionGraph(string project) => _methods =
    [
        .. from tree in SourceModel.Of(project)
           from node in tree.GetRoot().DescendantNodes()
           let parameters = Parameters(node)
           where parameters is not null && (IsInParser(node) || parameters.Parameters.Any(IsForeign))
           select new TreeMethod(node, parameters),
    ];

    /// <summary>Methods that reach themselves without passing a bound, each with the way round.</summary>
    public IEnumerable<(TreeMethod Method, string Cycle)> UnboundedCycles()
    {
        List<TreeMethod> open = [.. _methods.Where(static method => !method.IsBounded)];
        var edges = open.ToDictionary(static method => method, method => open.Where(method.Calls).ToList());
        var told = new HashSet<TreeMethod>();
        foreach (TreeMethod start in open)
        {
            if (told.Contains(start) || Way(start, edges) is not { } way) continue;
            told.UnionWith(way);
            yield return (start, string.Join(" > ", way.Select(static method => method.Name)));
        }
    }

    /// <summary>The shortest way from a method back to itself; null if there is none.</summary>
    private static List<TreeMethod>? Way(TreeMethod start, Dictionary<TreeMethod, List<TreeMethod>> edges)
    {
        var from = new Dictionary<TreeMethod, TreeMethod>();
        var queue = new Queue<TreeMethod>([start]);
        while (queue.TryDequeue(out TreeMethod? current))
        {
            foreach (TreeMethod next in edges[current])
            {
                if (next == start)
                {
                    var way = new List<TreeMethod> { current };
                    while (way[0] != start) way.Insert(0, from[way[0]]);
                    return way;
                }

                if (from.TryAdd(next, current)) queue.Enqueue(next);
            }
        }

        return null;
    }

    private static ParameterListSyntax? Parameters(SyntaxNode node) => node switch
    {
        BaseMethodDeclarationSyntax method => method.ParameterList,
        LocalFunctionStatementSyntax local => local.ParameterList,
        _ => null,
    };

    /// <summary>A parser calls itself over a text as deeply as the text nests, whatever its parameters are.</summary>
    private static bool IsInParser(SyntaxNode node) =>
        node.Ancestors().OfType<TypeDeclarationSyntax>().FirstOrDefault() is { } type
        && type.Identifier.Text.EndsWith("Parser", StringComparison.Ordinal);

    private static bool IsForeign(ParameterSyntax parameter) =>
        parameter.Type is { } type
        && type.DescendantNodesAndSelf().OfType<SimpleNameSyntax>().Any(name => ForeignTypes.Contains(name.Identifier.Text));
}

/// <summary>A method or local function that takes a foreign tree.</summary>
internal sealed class TreeMethod
{
    private readonly SyntaxNode _node;
    private readonly string _own;
    private readonly int _least;
    private readonly int _most;
    private readonly List<InvocationExpressionSyntax> _calls;

    public TreeMethod(SyntaxNode node, ParameterListSyntax parameters)
    {
        _node = node;
        _own = node switch
        {
            MethodDeclarationSyntax method => method.Identifier.Text,
            LocalFunctionStatementSyntax local => local.Identifier.Text,
            _ => "",
        };
        Type = node.Ancestors().OfType<TypeDeclarationSyntax>().First().Identifier.Text;
        bool isExtension = parameters.Parameters.FirstOrDefault()?.Modifiers.Any(SyntaxKind.ThisKeyword) == true;
        _least = parameters.Parameters.Count(static parameter => parameter.Default is null) - (isExtension ? 1 : 0);
        _most = parameters.Parameters.Any(static parameter => parameter.Modifiers.Any(SyntaxKind.ParamsKeyword))
            ? int.MaxValue
            : parameters.Parameters.Count;
        _calls = [.. node.DescendantNodes().OfType<InvocationExpressionSyntax>()];
        IsBounded = HasBound(parameters);
    }

    public string Type { get; }

    public string Name => $"{Type}.{_own}";

    public string Place => SourceModel.Place(_node);

    /// <summary>True if it counts its depth, checks the stack, or says who has bounded the tree.</summary>
    public bool IsBounded { get; }

    public bool Calls(TreeMethod other) => other._own.Length > 0 && _calls.Exists(call => IsCallOf(call, other));

    private bool IsCallOf(InvocationExpressionSyntax call, TreeMethod other)
    {
        int arguments = call.ArgumentList.Arguments.Count;
        if (arguments < other._least || arguments > other._most) return false;
        return call.Expression switch
        {
            SimpleNameSyntax name => name.Identifier.Text == other._own && other.Type == Type,
            MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax or BaseExpressionSyntax } member =>
                member.Name.Identifier.Text == other._own && other.Type == Type,

            // A receiver that starts with a capital is a type or a property named like one; then it must be the right type.
            MemberAccessExpressionSyntax { Expression: SimpleNameSyntax receiver } member
                when char.IsUpper(receiver.Identifier.Text[0]) =>
                member.Name.Identifier.Text == other._own && receiver.Identifier.Text == other.Type,
            MemberAccessExpressionSyntax member => member.Name.Identifier.Text == other._own,
            MemberBindingExpressionSyntax member => member.Name.Identifier.Text == other._own,
            _ => false,
        };
    }

    private bool HasBound(ParameterListSyntax parameters) =>
        parameters.Parameters.Any(static parameter => IsDepth(parameter.Identifier.Text) || IsLevel(parameter.Identifier.Text))
        || _calls.Exists(static call => call.Expression.ToString().EndsWith("EnsureSufficientExecutionStack", StringComparison.Ordinal))
        || _node.DescendantNodes().OfType<IdentifierNameSyntax>().Any(static name => IsDepth(name.Identifier.Text))
        || _node.ChildNodes().OfType<AttributeListSyntax>().Any(static list =>
            list.Attributes.Any(static attribute => attribute.Name.ToString() == "BoundedDepth"));

    private static bool IsDepth(string name) =>
        name.Contains("depth", StringComparison.OrdinalIgnoreCase) || name.Contains("nesting", StringComparison.OrdinalIgnoreCase);

    private static bool IsLevel(string name) => name is "level" or "levels";
}
