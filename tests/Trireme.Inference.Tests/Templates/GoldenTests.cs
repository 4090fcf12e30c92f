using System.Text.Json;
using Trireme.Inference.Templates;
using Trireme.Testing;

namespace Trireme.Inference.Tests.Templates;

/// <summary>Golden/*/template.jinja with each conversation beside it, against what Jinja itself made of them (regenerate.py).</summary>
public sealed class GoldenTests
{
    public static TheoryData<string> Cases
    {
        get
        {
            string root = Repository.PathOf("tests", "Trireme.Inference.Tests", "Templates", "Golden");
            IEnumerable<string> files = Directory.EnumerateFiles(root, "*.json", SearchOption.AllDirectories).Order();
            return [.. files.Select(path => Path.GetRelativePath(root, path))];
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_template_renders_as_in_Jinja(string input)
    {
        string path = Repository.PathOf("tests", "Trireme.Inference.Tests", "Templates", "Golden", input);
        var template = ChatTemplate.Parse(File.ReadAllText(Path.Combine(Path.GetDirectoryName(path)!, "template.jinja")), "<s>", "</s>");
        string text;
        try
        {
            text = template.Render(Conversations.Read(File.ReadAllText(path)));
        }
        catch (ChatTemplateException exception) when (exception.RaisedByTemplate)
        {
            text = "error: " + exception.Message;
        }

        Assert.Equal(File.ReadAllText(Path.ChangeExtension(path, ".txt")), text);
    }
}
