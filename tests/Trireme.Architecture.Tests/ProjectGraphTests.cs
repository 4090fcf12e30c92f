using System.Xml.Linq;
using Trireme.Testing;

namespace Trireme.Architecture.Tests;

/// <summary>Holds the project files to the layers: a project references lower layers only, and never one of its own.</summary>
public sealed class ProjectGraphTests
{
    /// <summary>Every project with the projects it may reference, lowest layer first.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Trireme.Contracts"] = [],
        ["Trireme.Fleet"] = ["Trireme.Contracts"],
        ["Trireme.Inference"] = ["Trireme.Contracts", "Trireme.Fleet"],
        ["Trireme.Kubernetes"] = ["Trireme.Contracts"],
        ["Trireme.ApiServer"] = ["Trireme.Contracts"],
        ["Trireme.Telemetry"] = ["Trireme.Contracts"],
        ["Trireme.Governance"] = ["Trireme.Contracts"],
        ["Trireme.Listening"] = ["Trireme.Contracts"],
        ["Trireme.Features"] = ["Trireme.Contracts"],
        ["Trireme.Operator"] = ["Trireme.Contracts", "Trireme.Fleet", "Trireme.Kubernetes", "Trireme.Governance"],
        ["Trireme.Gateway"] = ["Trireme.Contracts", "Trireme.Fleet", "Trireme.Governance"],
        ["Trireme.Worker"] = ["Trireme.Contracts", "Trireme.Fleet", "Trireme.Inference", "Trireme.Listening"],
        ["Trireme.Training"] = ["Trireme.Contracts", "Trireme.Fleet", "Trireme.Governance"],
        ["Trireme.Dashboard"] = ["Trireme.Contracts", "Trireme.Fleet"],
        ["Trireme"] =
        [
            "Trireme.Contracts", "Trireme.Fleet", "Trireme.Inference", "Trireme.Kubernetes", "Trireme.ApiServer", "Trireme.Telemetry",
            "Trireme.Governance", "Trireme.Features", "Trireme.Listening", "Trireme.Operator", "Trireme.Gateway", "Trireme.Worker",
            "Trireme.Dashboard",
        ],
    };

    public static TheoryData<string> Projects => new(SourceTree.Projects("src").Select(path => Path.GetFileNameWithoutExtension(path)));

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_its_layer_may(string project)
    {
        bool known = Allowed.TryGetValue(project, out string[]? allowed);
        Assert.True(known, $"{project} has no place in the layers; add a folder before a project.");
        Assert.Empty(References(project).Except(allowed!));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_has_tests_beside_it(string project)
    {
        bool there = File.Exists(Repository.PathOf("tests", $"{project}.Tests", $"{project}.Tests.csproj"));
        Assert.True(there, $"tests/{project}.Tests is missing.");
    }

    [Fact]
    public void Only_inference_may_use_unsafe_code()
    {
        string[] unsafeProjects =
        [
            .. SourceTree.Projects("src")
                .Where(path => XDocument.Load(path).Descendants("AllowUnsafeBlocks").Any(flag => flag.Value == "true"))
                .Select(path => Path.GetFileNameWithoutExtension(path)),
        ];
        Assert.Equal(["Trireme.Inference"], unsafeProjects);
    }

    [Fact]
    public void The_solution_lists_every_project()
    {
        XDocument solution = XDocument.Load(Repository.PathOf("Trireme.slnx"));
        string[] listed = [.. solution.Descendants("Project").Select(node => (string)node.Attribute("Path")!)];
        string[] present = [.. SourceTree.Projects("src", "tests", "bench").Select(path => Path.GetRelativePath(Repository.Root, path))];
        Assert.Equal(present.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_packages_of_every_project_are_locked()
    {
        string props = File.ReadAllText(Repository.PathOf("Directory.Build.props"));
        Assert.Contains("<RestorePackagesWithLockFile>true</RestorePackagesWithLockFile>", props, StringComparison.Ordinal);
        Assert.Contains("--locked-mode", File.ReadAllText(Repository.PathOf("eng", "test")), StringComparison.Ordinal);
        foreach (string project in SourceTree.Projects("src", "tests", "bench"))
        {
            string file = Path.Combine(Path.GetDirectoryName(project)!, "packages.lock.json");
            Assert.True(File.Exists(file), $"{file} is missing; \"dotnet restore Trireme.slnx\" makes it.");

            // Names, versions and hashes hold anywhere; an address or a path would be one place's.
            string locked = File.ReadAllText(file);
            Assert.DoesNotContain("://", locked, StringComparison.Ordinal);
            Assert.DoesNotContain("\"/", locked, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Transitive_references_stay_disabled()
    {
        string props = File.ReadAllText(Repository.PathOf("Directory.Build.props"));
        Assert.Contains("<DisableTransitiveProjectReferences>true</DisableTransitiveProjectReferences>", props, StringComparison.Ordinal);
    }

    private static IEnumerable<string> References(string project) =>
        XDocument.Load(Repository.PathOf("src", project, $"{project}.csproj"))
            .Descendants("ProjectReference")
            .Select(node => Path.GetFileNameWithoutExtension((string)node.Attribute("Include")!));
}
