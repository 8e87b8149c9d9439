namespace Mesh.Security.Authority;

/// <summary>How long certificates live.</summary>
/// <param name="Root">A root.</param>
/// <param name="Intermediate">An intermediate.</param>
/// <param name="Leaf">A leaf.</param>
/// <param name="ClockSkew">How far before its making a certificate is valid already.</param>
internal sealed record Lifetimes(TimeSpan Root, TimeSpan Intermediate, TimeSpan Leaf, TimeSpan ClockSkew);
