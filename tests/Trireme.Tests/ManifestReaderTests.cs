using Trireme.Manifests;
using Trireme.Testing;

namespace Trireme.Tests;

public sealed class ManifestReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string, string> Mistakes => new()
    {
        { "no kind", "apiVersion: v1\nmetadata: {name: a}", "kind must be set" },
        { "no name", "apiVersion: v1\nkind: Secret", "Secret: metadata.name must be set" },
        {
            "a typing error in the kind",
            "apiVersion: trireme.dev/v1alpha1\nkind: ModelServce\nmetadata: {name: a}",
            "did you mean ModelService"
        },
        { "no mapping", "- a\n- b", "a document is not an object" },
        { "broken YAML", "kind: [", "line" },
        { "an empty name", "apiVersion: v1\nkind: Secret\nmetadata: {name: ''}", "metadata.name: \"\": resource name may not be empty" },
        { "dots as name", "apiVersion: v1\nkind: Secret\nmetadata: {name: ..}", "metadata.name: \"..\": resource name may not be \"..\"" },
        {
            "dots as namespace",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: ..}",
            "metadata.namespace: \"..\": resource name may not be \"..\""
        },
        {
            "a number as name", "apiVersion: v1\nkind: Secret\nmetadata: {name: 5}",
            "Secret: metadata.name must be a string, not 5; put it in quotes"
        },
        {
            "a truth value as namespace", "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: true}",
            "Secret: metadata.namespace must be a string, not true; put it in quotes"
        },
        { "a list as name", "apiVersion: v1\nkind: Secret\nmetadata: {name: [a]}", "metadata.name must be a string, not a list" },
        { "a number as kind", "apiVersion: v1\nkind: 5\nmetadata: {name: a}", "kind must be a string, not 5; put it in quotes" },
        { "a number as version", "apiVersion: 1\nkind: Secret\nmetadata: {name: a}", "apiVersion must be a string, not 1" },
        { "a text as metadata", "apiVersion: v1\nkind: Secret\nmetadata: a", "Secret: metadata must be an object, not \"a\"" },
        { "a list without items", "apiVersion: v1\nkind: List", "List: items must be a list" },
        { "nothing", "# only a comment", "holds no objects" },
        { "a training job", "apiVersion: trireme.dev/v1alpha1\nkind: TrainingJob\nmetadata: {name: a}", "trireme train -f" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_names_the_file_and_what_to_do(string sentence, string yaml, string expected)
    {
        string file = Write("wrong.yaml", yaml);
        CommandException exception = Assert.Throws<CommandException>(() => ManifestReader.Read(file));
        Assert.True(exception.Message.Contains(expected, StringComparison.Ordinal), $"{sentence}: {exception.Message}");
        Assert.StartsWith(file, exception.Message, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Invalid, exception.ExitCode);
    }

    [Fact]
    public void A_file_that_is_not_text_is_refused_with_the_line()
    {
        string file = _folder.File("wrong.yaml");
        File.WriteAllBytes(file, [.. "kind: Secret\nmetadata: {name: a"u8, 0xFF, (byte)'}']);
        CommandException exception = Assert.Throws<CommandException>(() => ManifestReader.Read(file));
        Assert.Equal($"{file}: line 2: it is not UTF-8 text; save the file as UTF-8", exception.Message);
    }

    [Fact]
    public void A_file_is_read_to_the_bound()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("long.yaml");
        using (FileStream file = File.Create(path)) file.SetLength((16 << 20) + 1);
        CommandException exception = Assert.Throws<CommandException>(() => ManifestReader.Read(path));
        Assert.Equal($"{path} cannot be read: it is larger than 16Mi", exception.Message);
    }

    [Fact]
    public void A_device_is_refused_before_it_is_read()
    {
        CommandException exception = Assert.Throws<CommandException>(() => ManifestReader.Read("/dev/zero"));
        Assert.Equal(
            "/dev/zero is a device and not a file; name a file instead", exception.Message);
    }

    [Fact]
    public void A_folder_is_read_in_the_order_of_its_file_names()
    {
        Write("2.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: second}");
        Write(
            "1.yml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: first}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: also}");
        Write("ignored.txt", "not a manifest");
        Assert.Equal(["first", "also", "second"], ManifestReader.Read(_folder.Path).Select(manifest => manifest.Name));
    }

    [Fact]
    public void A_list_is_taken_apart()
    {
        string file = Write(
            "list.json",
            "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: b}}]}");
        ManifestObject manifest = Assert.Single(ManifestReader.Read(file));
        Assert.Equal("b/a", manifest.Key("default").ToString());
    }

    [Theory]
    [InlineData("tiny.yaml")]
    [InlineData("rollout-better.yaml")]
    [InlineData("rollout-broken.yaml")]
    public void The_samples_are_manifests(string sample) =>
        Assert.Equal(
            ["Release", "ModelService"],
            ManifestReader.Read(Repository.PathOf("samples", sample)).Select(manifest => manifest.Definition.Kind));

    [Fact]
    public void All_samples_can_be_named_by_their_folder() => Assert.NotEmpty(ManifestReader.Read(Repository.PathOf("samples")));

    public void Dispose() => _folder.Dispose();

    private string Write(string name, string content)
    {
        string path = _folder.File(name);
        File.WriteAllText(path, content);
        return path;
    }
}
