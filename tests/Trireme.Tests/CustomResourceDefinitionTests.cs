using Trireme.Commands;
using Trireme.Contracts.Schema;
using Trireme.Testing;

namespace Trireme.Tests;

public sealed class CustomResourceDefinitionTests
{
    public static TheoryData<string> Kinds => new(ResourceCatalog.Trireme.Select(definition => definition.Kind));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_checked_in_definition_is_what_the_records_say(string kind)
    {
        ResourceDefinition definition = ResourceCatalog.Find(kind)!;
        string path = Repository.PathOf("deploy", "crds", ManifestsCommand.FileName(definition));
        Assert.True(File.Exists(path), $"{path} is missing; write it with: ./trireme manifests crds --output-dir deploy/crds");
        Assert.True(
            File.ReadAllText(path) == ManifestsCommand.Render(definition),
            $"{path} is not what the records say; write it again with: ./trireme manifests crds --output-dir deploy/crds");
    }

    [Fact]
    public void No_definition_is_left_over()
    {
        IEnumerable<string?> files = Directory.EnumerateFiles(Repository.PathOf("deploy", "crds")).Select(Path.GetFileName);
        Assert.Equal(ResourceCatalog.Trireme.Select(ManifestsCommand.FileName).Order(), files.Order());
    }

    [Fact]
    public void Fields_are_described_for_kubectl_explain()
    {
        SchemaNode spec = ResourceCatalog.ModelServices.Schema.Properties!["spec"];
        Assert.Equal("Name of the Release that should serve. Changing it starts a rollout.", spec.Properties!["release"].Description);
    }
}
