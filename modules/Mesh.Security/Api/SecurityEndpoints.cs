using Mesh.Api.Permissions;
using Mesh.Api.Rest;
using Mesh.Contracts.Security;
using Mesh.Security.Operations;
using Microsoft.AspNetCore.Routing;

namespace Mesh.Security.Api;

/// <summary>Security's REST interface (Flow step 1), under <c>/api/security</c> and <c>/api/v1/security</c>.</summary>
internal sealed class SecurityEndpoints(
    AuthorityOperations authority, CredentialOperations credentials, CertificateOperations certificates)
{
    // Who makes tokens for services must not be able to become all of them.
    private const string ChangeAuthority = "security.authority";

    /// <summary>What the operations of people require, over REST and over gRPC.</summary>
    public static OperationPermissions Permissions { get; } = OperationPermissions.Of("security") with
    {
        Others = new Dictionary<string, string> { ["RotateAuthority"] = ChangeAuthority, ["ImportAuthority"] = ChangeAuthority },
    };

    /// <summary>The same for the authority itself.</summary>
    public static OperationPermissions OfAuthority { get; } = Permissions with { Write = ChangeAuthority };

    /// <summary>What workloads require to be given certificates; what they show besides decides about whose.</summary>
    public static OperationPermissions Signing { get; } = OperationPermissions.Single("security.sign");

    public void Map(IEndpointRouteBuilder endpoints)
    {
        MapAuthority(endpoints);
        MapTokens(endpoints);
        MapRevocations(endpoints);
        MapCertificates(endpoints);
    }

    private void MapCertificates(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapOperation(CertificateDescriptions.Sign, SecurityRest.Body(
            (context, fields, _, faults) => certificates.SignAsync(fields, faults, context.RequestAborted),
            SecurityJson.Readable.SignedCertificateAnswer));
        endpoints.MapOperation(CertificateDescriptions.Renew, SecurityRest.Body(
            (context, fields, _, faults) => certificates.RenewAsync(fields, faults, context.RequestAborted),
            SecurityJson.Readable.SignedCertificateAnswer));
    }

    private void MapAuthority(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapOperation(AuthorityDescriptions.Status, SecurityRest.Query((context, parameters, faults) =>
        {
            parameters.End();
            return authority.StatusAsync(faults, context.RequestAborted);
        }, SecurityJson.Readable.AuthorityStatusAnswer));
        endpoints.MapOperation(AuthorityDescriptions.Bundle, SecurityRest.Query((context, parameters, faults) =>
        {
            parameters.End();
            return authority.BundleAsync(faults, context.RequestAborted);
        }, SecurityJson.Readable.TrustBundleAnswer));
        endpoints.MapOperation(AuthorityDescriptions.Rotate, SecurityRest.Body(
            (context, fields, caller, faults) => authority.RotateAsync(fields, caller, faults, context.RequestAborted),
            SecurityJson.Readable.AuthorityChangeAnswer));
        endpoints.MapOperation(AuthorityDescriptions.Import, SecurityRest.Body(
            (context, fields, caller, faults) => authority.ImportAsync(fields, caller, faults, context.RequestAborted),
            SecurityJson.Readable.AuthorityChangeAnswer));
        endpoints.MapOperation(CredentialDescriptions.Certificates, SecurityRest.Query((context, parameters, faults) =>
        {
            var (service, space) = (parameters.Read(CredentialDescriptions.Service), parameters.Read(CredentialDescriptions.Namespace));
            var limit = parameters.Read(CredentialDescriptions.Limit);
            parameters.End();
            return credentials.ListCertificatesAsync(service, space, limit, faults, context.RequestAborted);
        }, SecurityJson.Readable.CertificateListAnswer));
    }

    private void MapTokens(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapOperation(CredentialDescriptions.CreateToken, SecurityRest.Body(
            (context, fields, caller, faults) => credentials.CreateTokenAsync(fields, caller.Actor, faults, context.RequestAborted),
            SecurityJson.Readable.JoinTokenCreatedAnswer));
        endpoints.MapOperation(CredentialDescriptions.Tokens, SecurityRest.Query((context, parameters, faults) =>
        {
            parameters.End();
            return credentials.ListTokensAsync(faults, context.RequestAborted);
        }, SecurityJson.Readable.JoinTokenListAnswer));
        endpoints.MapOperation(CredentialDescriptions.RevokeToken, SecurityRest.Query((context, parameters, faults) =>
        {
            var id = parameters.Read(CredentialDescriptions.TokenId);
            parameters.End();
            return credentials.RevokeTokenAsync(id, CommandCaller.Of(context, null, faults).Actor, faults, context.RequestAborted);
        }, SecurityJson.Readable.SecurityChangeAnswer));
    }

    private void MapRevocations(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapOperation(CredentialDescriptions.AddRevocation, SecurityRest.Body(
            (context, fields, caller, faults) => credentials.AddRevocationAsync(fields, caller.Actor, faults, context.RequestAborted),
            SecurityJson.Readable.SecurityChangeAnswer));
        endpoints.MapOperation(CredentialDescriptions.Revocations, SecurityRest.Query((context, parameters, faults) =>
        {
            parameters.End();
            return credentials.ListRevocationsAsync(faults, context.RequestAborted);
        }, SecurityJson.Readable.RevocationListAnswer));
        endpoints.MapOperation(CredentialDescriptions.RemoveRevocation, SecurityRest.Query((context, parameters, faults) =>
        {
            var (serial, service) = (parameters.Read(CredentialDescriptions.Serial), parameters.Read(CredentialDescriptions.Service));
            var space = parameters.Read(CredentialDescriptions.Namespace);
            parameters.End();
            var actor = CommandCaller.Of(context, null, faults).Actor;
            return credentials.RemoveRevocationAsync(serial, service, space, actor, faults, context.RequestAborted);
        }, SecurityJson.Readable.SecurityChangeAnswer));
    }
}
