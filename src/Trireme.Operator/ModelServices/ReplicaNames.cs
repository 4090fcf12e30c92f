namespace Trireme.Operator.ModelServices;

/// <summary>Random endings of replicas' names.</summary>
internal sealed class ReplicaNames(Random random)
{
    /// <summary>Letters and digits that form no words and are not mistaken for one another, as in the names of Kubernetes' Pods.</summary>
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";

    private const int Length = 5;

#pragma warning disable CA5394 // Names must differ, not be secret.
    public string Suffix() => new(random.GetItems<char>(Alphabet, Length));
#pragma warning restore CA5394
}
