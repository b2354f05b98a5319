package gateway

import (
	"context"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/peer"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

type registration func(context.Context, *runtime.ServeMux, *grpc.ClientConn) error

// registrations are the gRPC services that each of our services answers over HTTP. A new one is a line here.
var registrations = map[string][]registration{
	"profile": {
		profilev1.RegisterAttributeServiceHandler,
		profilev1.RegisterConsentServiceHandler,
		profilev1.RegisterCustomerReportServiceHandler,
		profilev1.RegisterCustomerIdentityServiceHandler,
		profilev1.RegisterCustomerServiceHandler,
		profilev1.RegisterCustomerGroupServiceHandler,
		profilev1.RegisterDossierServiceHandler,
		profilev1.RegisterDuplicateServiceHandler,
		profilev1.RegisterExpectedSalesServiceHandler,
		profilev1.RegisterGiftServiceHandler,
		profilev1.RegisterImportServiceHandler,
		profilev1.RegisterInsightServiceHandler,
		profilev1.RegisterOrderServiceHandler,
		profilev1.RegisterPaymentServiceHandler,
		profilev1.RegisterPersonServiceHandler,
		profilev1.RegisterQualityServiceHandler,
		profilev1.RegisterPersonPrivacyServiceHandler,
		profilev1.RegisterSettingsServiceHandler,
		profilev1.RegisterSheetServiceHandler,
		profilev1.RegisterSpecialDateServiceHandler,
		profilev1.RegisterSupplyPositionServiceHandler,
	},
	"planning": {
		planningv1.RegisterActivityServiceHandler,
		planningv1.RegisterBudgetServiceHandler,
		planningv1.RegisterCalendarFeedServiceHandler,
		planningv1.RegisterCardServiceHandler,
		planningv1.RegisterCoachServiceHandler,
		planningv1.RegisterComplianceServiceHandler,
		planningv1.RegisterConcernServiceHandler,
		planningv1.RegisterContactFigureServiceHandler,
		planningv1.RegisterContactGateServiceHandler,
		planningv1.RegisterContactPlanServiceHandler,
		planningv1.RegisterContactPreferenceServiceHandler,
		planningv1.RegisterContactServiceHandler,
		planningv1.RegisterEvaluationServiceHandler,
		planningv1.RegisterLiaisonServiceHandler,
		planningv1.RegisterOwnerServiceHandler,
		planningv1.RegisterPlaybookServiceHandler,
		planningv1.RegisterPlanServiceHandler,
		planningv1.RegisterPlanningSettingsServiceHandler,
		planningv1.RegisterPowerMapServiceHandler,
	},
	"satisfaction": {
		satisfactionv1.RegisterAnalysisServiceHandler,
		satisfactionv1.RegisterAnswerPageServiceHandler,
		satisfactionv1.RegisterDelphiServiceHandler,
		satisfactionv1.RegisterFormulaServiceHandler,
		satisfactionv1.RegisterImprovementServiceHandler,
		satisfactionv1.RegisterIndexModelServiceHandler,
		satisfactionv1.RegisterInvitationServiceHandler,
		satisfactionv1.RegisterQuestionnaireServiceHandler,
		satisfactionv1.RegisterReportServiceHandler,
		satisfactionv1.RegisterResponseServiceHandler,
		satisfactionv1.RegisterServiceLevelServiceHandler,
		satisfactionv1.RegisterSurveyServiceHandler,
		satisfactionv1.RegisterSatisfactionSettingsServiceHandler,
	},
	"segmentation": {
		segmentationv1.RegisterAssessmentServiceHandler,
		segmentationv1.RegisterChurnServiceHandler,
		segmentationv1.RegisterEntitlementServiceHandler,
		segmentationv1.RegisterGradeServiceHandler,
		segmentationv1.RegisterGradingModelServiceHandler,
		segmentationv1.RegisterJudgementServiceHandler,
		segmentationv1.RegisterLoyaltyServiceHandler,
		segmentationv1.RegisterPolicyEffectServiceHandler,
		segmentationv1.RegisterPolicyServiceHandler,
		segmentationv1.RegisterPurchaseModelServiceHandler,
		segmentationv1.RegisterRebateServiceHandler,
		segmentationv1.RegisterRewardServiceHandler,
		segmentationv1.RegisterSegmentServiceHandler,
		segmentationv1.RegisterSegmentationSettingsServiceHandler,
		segmentationv1.RegisterSignalServiceHandler,
		segmentationv1.RegisterStandingServiceHandler,
	},
	"voice": {
		voicev1.RegisterBusinessCalendarServiceHandler,
		voicev1.RegisterCaseActionServiceHandler,
		voicev1.RegisterCaseServiceHandler,
		voicev1.RegisterCaseTransitionServiceHandler,
		voicev1.RegisterClockServiceHandler,
		voicev1.RegisterCompensationServiceHandler,
		voicev1.RegisterDeskServiceHandler,
		voicev1.RegisterEscalationServiceHandler,
		voicev1.RegisterIssueGroupServiceHandler,
		voicev1.RegisterQueueServiceHandler,
		voicev1.RegisterRecallServiceHandler,
		voicev1.RegisterResponseRuleServiceHandler,
		voicev1.RegisterVoiceFigureServiceHandler,
		voicev1.RegisterVoiceFormPageServiceHandler,
		voicev1.RegisterVoiceFormServiceHandler,
		voicev1.RegisterVoiceServiceHandler,
		voicev1.RegisterVoiceSettingsServiceHandler,
		voicev1.RegisterVoiceSummaryServiceHandler,
	},
}

// Dial connects to a service at host:port, or rather will at the first call: it can be started later.
func Dial(address string, more ...grpc.DialOption) (*grpc.ClientConn, error) {
	return peer.Dial(address, "guanxi-gateway", more...)
}
