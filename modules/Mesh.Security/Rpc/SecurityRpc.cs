using Google.Protobuf;
using Grpc.Core;
using Mesh.Api.Rest;
using Mesh.Contracts.Security;
using Mesh.Kernel.Values;
using Mesh.Security.Operations;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Security.Rpc;

/// <summary>The gRPC service <c>cdaprod.mesh.v1.Security</c> on a Registry (Flow step 1): the same rules and refusals as REST.</summary>
internal sealed class SecurityRpc(
    AuthorityOperations authority, CredentialOperations credentials, MtlsRpc mtls, MtlsReading reading) : V1.Security.SecurityBase
{
    public override Task<V1.AuthorityStatus> GetAuthority(V1.GetAuthorityRequest request, ServerCallContext context) =>
        authority.StatusAsync(new Faults(), context.CancellationToken)
            .ToMessageAsync<V1.AuthorityStatus, AuthorityStatusAnswer>(SecurityJson.Default.AuthorityStatusAnswer);

    public override Task<V1.TrustBundle> GetBundle(V1.GetBundleRequest request, ServerCallContext context) =>
        authority.BundleAsync(new Faults(), context.CancellationToken)
            .ToMessageAsync<V1.TrustBundle, TrustBundleAnswer>(SecurityJson.Default.TrustBundleAnswer);

    public override Task<V1.AuthorityChange> RotateAuthority(V1.RotateAuthorityRequest request, ServerCallContext context)
    {
        var (fields, caller, faults) = Read(request, context);
        return authority.RotateAsync(fields, caller, faults, context.CancellationToken)
            .ToMessageAsync<V1.AuthorityChange, AuthorityChangeAnswer>(SecurityJson.Default.AuthorityChangeAnswer);
    }

    public override Task<V1.AuthorityChange> ImportAuthority(V1.ImportAuthorityRequest request, ServerCallContext context)
    {
        var (fields, caller, faults) = Read(request, context);
        return authority.ImportAsync(fields, caller, faults, context.CancellationToken)
            .ToMessageAsync<V1.AuthorityChange, AuthorityChangeAnswer>(SecurityJson.Default.AuthorityChangeAnswer);
    }

    public override Task<V1.CreatedJoinToken> CreateJoinToken(V1.CreateJoinTokenRequest request, ServerCallContext context)
    {
        var (fields, caller, faults) = Read(request, context);
        return credentials.CreateTokenAsync(fields, caller.Actor, faults, context.CancellationToken)
            .ToMessageAsync<V1.CreatedJoinToken, JoinTokenCreatedAnswer>(SecurityJson.Default.JoinTokenCreatedAnswer);
    }

    public override Task<V1.JoinTokenList> ListJoinTokens(V1.ListJoinTokensRequest request, ServerCallContext context) =>
        credentials.ListTokensAsync(new Faults(), context.CancellationToken)
            .ToMessageAsync<V1.JoinTokenList, JoinTokenListAnswer>(SecurityJson.Default.JoinTokenListAnswer);

    public override Task<V1.SecurityChange> RevokeJoinToken(V1.RevokeJoinTokenRequest request, ServerCallContext context)
    {
        var faults = new Faults();
        return credentials.RevokeTokenAsync(request.Id, CommandCaller.Of(context, request, faults).Actor, faults, context.CancellationToken)
            .ToMessageAsync<V1.SecurityChange, SecurityChangeAnswer>(SecurityJson.Default.SecurityChangeAnswer);
    }

    public override Task<V1.SecurityChange> AddRevocation(V1.AddRevocationRequest request, ServerCallContext context)
    {
        var (fields, caller, faults) = Read(request, context);
        return credentials.AddRevocationAsync(fields, caller.Actor, faults, context.CancellationToken)
            .ToMessageAsync<V1.SecurityChange, SecurityChangeAnswer>(SecurityJson.Default.SecurityChangeAnswer);
    }

    public override Task<V1.RevocationList> ListRevocations(V1.ListRevocationsRequest request, ServerCallContext context) =>
        credentials.ListRevocationsAsync(new Faults(), context.CancellationToken)
            .ToMessageAsync<V1.RevocationList, RevocationListAnswer>(SecurityJson.Default.RevocationListAnswer);

    public override Task<V1.SecurityChange> RemoveRevocation(V1.RemoveRevocationRequest request, ServerCallContext context)
    {
        var faults = new Faults();
        var actor = CommandCaller.Of(context, request, faults).Actor;
        return credentials.RemoveRevocationAsync(request.Serial, request.Service, request.Namespace, actor, faults,
                context.CancellationToken)
            .ToMessageAsync<V1.SecurityChange, SecurityChangeAnswer>(SecurityJson.Default.SecurityChangeAnswer);
    }

    public override Task<V1.CertificateList> ListCertificates(V1.ListCertificatesRequest request, ServerCallContext context) =>
        credentials.ListCertificatesAsync(
                request.Service, request.Namespace, request.Limit == 0 ? null : request.Limit, new Faults(), context.CancellationToken)
            .ToMessageAsync<V1.CertificateList, CertificateListAnswer>(SecurityJson.Default.CertificateListAnswer);

    public override Task<V1.MtlsModeReply> SetMtlsMode(V1.SetMtlsModeRequest request, ServerCallContext context) =>
        mtls.SetAsync(request, context);

    public override Task<V1.MtlsModeReply> RemoveMtlsMode(V1.RemoveMtlsModeRequest request, ServerCallContext context) =>
        mtls.RemoveAsync(request, context);

    public override Task<V1.MtlsModeList> ListMtlsModes(V1.ListMtlsModesRequest request, ServerCallContext context) =>
        reading.ListAsync(request, context.CancellationToken);

    private static (JsonFields Fields, CommandCaller Caller, Faults Faults) Read(IMessage request, ServerCallContext context)
    {
        var faults = new Faults();
        return (JsonFields.Of(request, faults), CommandCaller.Of(context, request, faults), faults);
    }
}
