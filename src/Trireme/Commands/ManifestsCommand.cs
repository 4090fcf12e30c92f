using System.CommandLine;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Storage;

namespace Trireme.Commands;

internal static class ManifestsCommand
{
    public static Command Create()
    {
        var crds = new Command("crds", "Write the custom resource definitions a Kubernetes cluster needs.");
        var folder = new Option<DirectoryInfo>("--output-dir")
        {
            Description = "Folder to write one file per kind to; standard output otherwise.",
            HelpName = "DIR",
        };
        crds.Add(folder);
        crds.SetAction(parsed =>
        {
            foreach (ResourceDefinition definition in ResourceCatalog.Trireme)
            {
                string yaml = Render(definition);
                if (parsed.GetValue(folder) is { } target)
                {
                    RegularFile.ThrowIfNoFolder(target.FullName);
                    target.Create();
                    string file = Path.Combine(target.FullName, FileName(definition));
                    RegularFile.ThrowIfOther(file);
                    File.WriteAllText(file, yaml);
                }
                else
                {
                    Console.Write("---\n" + yaml);
                }
            }

            return ExitCode.Success;
        });
        return new Command("manifests", "Print manifests of the platform itself.") { crds };
    }

    public static string FileName(ResourceDefinition definition) => $"{definition.Group}_{definition.Plural}.yaml";

    public static string Render(ResourceDefinition definition) => YamlJson.Write(CustomResourceDefinition.For(definition));
}
