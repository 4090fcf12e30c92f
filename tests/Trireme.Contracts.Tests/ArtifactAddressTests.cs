using CsCheck;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Tests;

public sealed class ArtifactAddressTests
{
    [Theory]
    [InlineData("hf://org/tiny@main", "hf", "org/tiny", "", "main")]
    [InlineData("hf://org/tiny", "hf", "org/tiny", "", "main")]
    [InlineData("hf://org/tiny@refs%2Fpr%2F1", "hf", "org/tiny", "", "refs/pr/1")]
    [InlineData("hf://org/tiny@v1.0/q/tiny-q4.gguf", "hf", "org/tiny", "q/tiny-q4.gguf", "v1.0")]
    [InlineData("s3://models/llm/tiny/", "s3", "models", "llm/tiny", null)]
    [InlineData("s3://models", "s3", "models", "", null)]
    [InlineData("https://host.example:8443/a%20b/tiny.gguf", "https", "host.example:8443", "a b/tiny.gguf", null)]
    public void Addresses_have_their_parts(string text, string scheme, string container, string path, string? revision)
    {
        Assert.True(ArtifactAddress.TryParse(text, out ArtifactAddress? address), ArtifactAddress.ProblemOf(text));
        Assert.Equal(new ArtifactAddress(text, scheme, container, path, revision), address);
    }

    [Theory]
    [InlineData("oci://registry/model:1", "use hf://, s3:// or https://")]
    [InlineData("http://host/tiny.gguf", "use https://")]
    [InlineData("file:///models/tiny", "write the path alone")]
    [InlineData("ftp://host/x", "unknown scheme \"ftp\"")]
    [InlineData("hf://tiny", "must be hf://OWNER/MODEL@REVISION")]
    [InlineData("hf://org/ti--ny", "no names with \"--\"")]
    [InlineData("hf://org/tiny@main/../x", "\"..\"")]
    [InlineData("hf://org/tiny@..%2F..%2Fx", "\"..\"")]
    [InlineData("hf://org/tiny@main/%2e%2e/x", "\"..\"")]
    [InlineData("s3://A/x", "a bucket's name")]
    [InlineData("s3://models/a/../b", "\"..\"")]
    [InlineData("https://user:pw@host/x.gguf", "spec.pullSecret")]
    [InlineData("https://host/x.gguf?sig=1", "a signed address")]
    [InlineData("https://host/folder/", "names no file")]
    [InlineData("hf://org/tiny main", "percent-encoded")]
    public void Others_are_refused_with_what_to_write_instead(string text, string advice)
    {
        Assert.False(ArtifactAddress.TryParse(text, out _));
        Assert.Contains(advice, ArtifactAddress.ProblemOf(text), StringComparison.Ordinal);
        var errors = new FieldErrors();
        Release("tiny").Validate(errors);
        Assert.True(errors.IsEmpty);
        Release(text).Validate(errors);
        Assert.Contains(
            errors.Items, error => error.Field == "spec.source.path" && error.Detail.Contains(advice, StringComparison.Ordinal));
    }

    [Fact]
    public void A_web_server_gives_single_models_only()
    {
        var errors = new FieldErrors();
        Release("https://host/model.safetensors").Validate(errors);
        Assert.Contains("must name a .gguf file", Assert.Single(errors.Items).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_without_an_address_is_refused()
    {
        var errors = new FieldErrors();
        Release release = Release("tiny");
        (release with { Spec = release.Spec with { PullSecret = "pull" } }).Validate(errors);
        Assert.Equal("spec.pullSecret", Assert.Single(errors.Items).Field);
    }

    [Fact]
    public void Whatever_is_written_is_an_address_or_refused_and_never_leads_out_of_a_folder()
    {
        Gen<string> piece = Gen.OneOf<string>(
            Gen.OneOf("hf://", "s3://", "https://", "oci://", "org/tiny", "@", "/", "..", ".", "%2e", "%2F", "%00", "?", "#", "\\", "--"),
            Gen.String[Gen.Char[' ', '\x7f'], 0, 6],
            Gen.String[0, 4]);
        piece.Array[0, 8].Sample(
            static pieces =>
            {
                string text = string.Concat(pieces);
                if (!ArtifactAddress.TryParse(text, out ArtifactAddress? address))
                {
                    Assert.NotEmpty(ArtifactAddress.ProblemOf(text)!);
                    return;
                }

                Assert.Null(ArtifactAddress.ProblemOf(text));
                foreach (string part in $"{address.Container}/{address.Path}/{address.Revision}".Split('/'))
                {
                    Assert.NotEqual("..", part);
                }
            },
            iter: 100_000);
    }

    private static Release Release(string path) => new()
    {
        Metadata = new ObjectMeta { Name = "r", Namespace = "default" },
        Spec = new ReleaseSpec { Source = new ModelSource { Path = path } },
    };
}
