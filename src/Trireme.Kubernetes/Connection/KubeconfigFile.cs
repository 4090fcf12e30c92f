using k8s.Exceptions;
using k8s.KubeConfigModels;
using Trireme.Contracts.Storage;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Trireme.Kubernetes;

/// <summary>
/// Reads a kubeconfig into the client library's own types. The library's reader is not used: it first looks at every type of Kubernetes'
/// API, which takes a command a second of processor time before it begins.
/// </summary>
internal static class KubeconfigFile
{
    private static readonly IDeserializer Deserializer =
        new DeserializerBuilder().IgnoreUnmatchedProperties().WithAttemptingUnquotedStringTypeDeserialization().Build();

    /// <exception cref="KubeConfigException">It is no kubeconfig.</exception>
    /// <exception cref="IOException">The file is missing or none.</exception>
    public static K8SConfiguration Read(string path)
    {
        string text = SmallFile.ReadAllText(path);
        try
        {
            K8SConfiguration? configuration = Deserializer.Deserialize<K8SConfiguration?>(text);
            if (configuration is null) throw new KubeConfigException("it is no kubeconfig: it is empty");

            // Paths within the file are relative to where it lies.
            configuration.FileName = Path.GetFullPath(path);
            return configuration;
        }
        catch (YamlException exception)
        {
            throw new KubeConfigException($"it is no kubeconfig: {exception.Message}", exception);
        }
    }
}
