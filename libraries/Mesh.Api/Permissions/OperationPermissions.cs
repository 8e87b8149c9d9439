using System.Collections.ObjectModel;

namespace Mesh.Api.Permissions;

/// <summary>
/// What the operations on one kind of thing require, over REST and over gRPC alike: those that only read one permission, all others
/// another. A module declares it once; <c>OperationGroup</c> and <see cref="GrpcPermissions"/> apply it.
/// </summary>
/// <param name="Read">Required by reads and watches, for example <c>traffic.read</c>.</param>
/// <param name="Write">Required by everything else.</param>
public sealed record OperationPermissions(string Read, string Write)
{
    /// <summary>What single gRPC methods require in place of <see cref="Write"/> or <see cref="Read"/>, by their names.</summary>
    public IReadOnlyDictionary<string, string> Others { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary><c>subject.read</c> and <c>subject.write</c>.</summary>
    /// <param name="subject">A module's name, or what a host has besides its modules.</param>
    public static OperationPermissions Of(string subject) => new($"{subject}.read", $"{subject}.write");

    /// <summary>One permission for whatever is done: for protocols of machines.</summary>
    /// <param name="permission">Its name.</param>
    public static OperationPermissions Single(string permission) => new(permission, permission);
}
