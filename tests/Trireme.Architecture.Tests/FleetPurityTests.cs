using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Trireme.Testing;

namespace Trireme.Architecture.Tests;

/// <summary>
/// Decisions are pure: what is in Trireme.Fleet takes a snapshot and a time and returns what to do. So the same code runs live, in tests
/// and in a simulation, and gives the same answer each time.
/// </summary>
public sealed class FleetPurityTests
{
    private const string Fleet = "Trireme.Fleet";

    /// <summary>Names whose mere use waits, reads a clock, draws a number, logs, or touches the world.</summary>
    private static readonly HashSet<string> Impure =
    [
        "Task", "ValueTask", "Thread", "ThreadPool", "Timer", "PeriodicTimer", "CancellationTokenSource", "TimeProvider", "Stopwatch",
        "ILogger", "ILoggerFactory", "Console", "Environment", "File", "Directory", "FileStream", "Socket", "HttpClient",
        "DllImport", "LibraryImport",
    ];

    private static readonly string[] ImpureNamespaces =
        ["System.IO", "System.Net", "System.Threading.Tasks", "System.Threading.Channels", "System.Diagnostics", "Microsoft."];

    private static readonly HashSet<string> ImpureMembers =
        ["Random.Shared", "Guid.NewGuid", "DateTime.Now", "DateTime.UtcNow", "DateTimeOffset.Now", "DateTimeOffset.UtcNow"];

    private static readonly HashSet<string> MutableTypes =
        ["List", "Dictionary", "HashSet", "Queue", "Stack", "SortedDictionary", "SortedSet", "StringBuilder", "PriorityQueue"];

    [Fact]
    public void Fleet_refers_to_the_contracts_and_to_nothing_else()
    {
        XDocument project = XDocument.Load(Repository.PathOf("src", Fleet, $"{Fleet}.csproj"));
        string[] references =
        [
            .. project.Descendants()
                .Where(node => node.Name.LocalName is "ProjectReference" or "PackageReference" or "FrameworkReference")
                .Select(node => Path.GetFileNameWithoutExtension((string)node.Attribute("Include")!)),
        ];
        Assert.Equal(["Trireme.Contracts"], references);
    }

    [Fact]
    public void Fleet_does_not_wait_read_a_clock_draw_log_or_touch_the_world() => Breaches.None(
        SourceModel.Of(Fleet).SelectMany(tree => tree.GetRoot().DescendantNodes()).SelectMany(ImpureUse),
        "Trireme.Fleet decides as a pure function of what it is given.");

    [Fact]
    public void Fleet_keeps_nothing_between_two_decisions_in_a_static() => Breaches.None(
        SourceModel.Of(Fleet).SelectMany(tree => tree.GetRoot().DescendantNodes()).SelectMany(StaticState),
        "Static state makes a decision depend on the ones before it.");

    private static IEnumerable<string> ImpureUse(SyntaxNode node)
    {
        string? use = node switch
        {
            // Attributes for the analysis of code do nothing.
            UsingDirectiveSyntax { Name: { } name } when name.ToString() != "System.Diagnostics.CodeAnalysis" && ImpureNamespaces.Any(
                banned => name.ToString().StartsWith(banned, StringComparison.Ordinal)) => $"using {name}",
            MemberAccessExpressionSyntax member when ImpureMembers.Contains(member.ToString()) => member.ToString(),
            SimpleNameSyntax name when Impure.Contains(name.Identifier.Text) && IsType(name) => name.Identifier.Text,
            MethodDeclarationSyntax method when method.Modifiers.Any(SyntaxKind.AsyncKeyword) => $"async {method.Identifier.Text}",
            _ => null,
        };
        if (use is not null) yield return $"{SourceModel.Place(node)} {use}";
    }

    /// <summary>A property may bear any name; what follows a dot is a member of something that has been looked at already.</summary>
    private static bool IsType(SimpleNameSyntax name) =>
        name.Parent is not MemberAccessExpressionSyntax member || member.Expression == name;

    private static IEnumerable<string> StaticState(SyntaxNode node)
    {
        switch (node)
        {
            case FieldDeclarationSyntax field when field.Modifiers.Any(SyntaxKind.StaticKeyword):
                bool isReadOnly = field.Modifiers.Any(SyntaxKind.ReadOnlyKeyword);
                if (!isReadOnly || IsMutable(field.Declaration.Type)) yield return $"{SourceModel.Place(field)} {field.Declaration}";
                break;
            case PropertyDeclarationSyntax property when property.Modifiers.Any(SyntaxKind.StaticKeyword):
                bool settable = property.AccessorList?.Accessors.Any(SyntaxKind.SetAccessorDeclaration) == true;
                bool holds = property.Initializer is not null && IsMutable(property.Type);
                if (settable || holds) yield return $"{SourceModel.Place(property)} {property.Identifier.Text}";
                break;
        }
    }

    private static bool IsMutable(TypeSyntax type) =>
        type is ArrayTypeSyntax || (type is GenericNameSyntax generic && MutableTypes.Contains(generic.Identifier.Text));
}
