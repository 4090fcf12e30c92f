using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;
using Trireme.Testing;

namespace Trireme.Tests;

/// <summary>Manifests that pages show, and those under samples.</summary>
public sealed class DocumentedManifestTests
{
    public static TheoryData<string> Manifests =>
    [
        .. Directory.EnumerateFiles(Repository.PathOf("docs"), "*.md").SelectMany(Blocks),
        .. Directory.EnumerateFiles(Repository.PathOf("samples"), "*.yaml").Select(File.ReadAllText),
        .. Directory.EnumerateFiles(Repository.PathOf("samples", "training"), "*.yaml").Select(File.ReadAllText),
    ];

    [Theory]
    [MemberData(nameof(Manifests))]
    public void A_manifest_that_is_shown_is_accepted(string yaml)
    {
        foreach (JsonNode? document in YamlJson.Parse(yaml))
        {
            string apiVersion = (string)document!["apiVersion"]!, kind = (string)document["kind"]!;
            if (kind == TrainingJob.TypeKind) continue;
            ResourceDefinition definition = ResourceCatalog.Find(apiVersion, kind)!;
            JsonElement json = JsonSerializer.SerializeToElement(document, ResourceJson.Options);
            Assert.Empty(ResourceValidator.Validate(definition, json, out _));
        }
    }

    private static IEnumerable<string> Blocks(string page)
    {
        string[] parts = File.ReadAllText(page).Split("```yaml\n");
        return parts.Skip(1).Select(part => part[..part.IndexOf("```", StringComparison.Ordinal)]);
    }
}
